// config.yaml (CFG-23): the resolved config in block style, in the order of the value's keys.
#pragma once

#include <string>

#include "base/json.hpp"

namespace backtest {

// Text that YAML would read as another type, or that needs it, is single- or double-quoted.
std::string resolved_yaml(const json::value& resolved);

}  // namespace backtest
