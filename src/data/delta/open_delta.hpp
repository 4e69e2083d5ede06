// Delta tables of places: what opens them, with what goes wrong in the words of the data.
#pragma once

#include "data/delta/delta_tables.hpp"
#include "settings/storage_settings.hpp"

namespace backtest {

// In directories of this machine. Whether a directory may be read is the caller's to ask.
OpenDeltaTable delta_directories();
// In object storage, behind the settings' list of places that may be read.
OpenDeltaTable delta_in_storage(StorageSettings settings);

}  // namespace backtest
