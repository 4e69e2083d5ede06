// A secret from its variable, or from the file that NAME_FILE names: secrets mounted as files stay out of the
// environment.
#pragma once

#include <string>

#include "base/secret.hpp"
#include "settings/setting_reader.hpp"

namespace backtest {

// Empty where neither is set; both are an error, and so is a file that cannot be read.
Secret secret_setting(SettingReader& reader, const std::string& name);

}  // namespace backtest
