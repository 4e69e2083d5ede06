// What a process needs to reach some places in object storage, and no more: it may be given to a process of less trust.
#pragma once

#include <span>

#include "settings/object_location.hpp"
#include "settings/storage_settings.hpp"

namespace backtest {

// The accounts of the places, each with the one credential that opens it, for reading. Without places nothing.
StorageSettings needed_storage(const StorageSettings& settings, std::span<const ObjectLocation> places);

}  // namespace backtest
