// What `backtest version` prints.
#pragma once

#include <string>

namespace backtest {

std::string version_text();

}  // namespace backtest
