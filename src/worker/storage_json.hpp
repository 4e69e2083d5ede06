// The part of StorageSettings by which objects are read, as JSON: it goes to the loader over its pipe, secrets
// included.
#pragma once

#include "base/json.hpp"
#include "settings/storage_settings.hpp"

namespace backtest {

json::object storage_object(const StorageSettings& settings);
// What is missing is empty.
StorageSettings storage_of(const json::object& object);

}  // namespace backtest
