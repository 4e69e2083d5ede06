// A config file of the command line, read and parsed.
#pragma once

#include <string>

#include "spec/spec.hpp"

namespace backtest {

// Throws InvalidInput, also when the file cannot be read.
Spec read_config_file(const std::string& path, bool strict);

}  // namespace backtest
