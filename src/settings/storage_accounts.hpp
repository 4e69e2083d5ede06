// The variables of object storage -> StorageSettings (docs/operations.md, "Object storage").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/setting_reader.hpp"
#include "settings/storage_settings.hpp"

namespace backtest {

// What the variables of a further account begin with.
std::string account_variable_prefix(std::string_view account);

StorageSettings read_storage_settings(SettingReader& reader, std::vector<std::string> containers);

}  // namespace backtest
