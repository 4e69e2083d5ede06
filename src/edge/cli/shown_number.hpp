// Numbers on the terminal.
#pragma once

#include <string>

namespace backtest {

// Fixed decimals; what rounds to zero has no sign.
std::string shown_number(double value, int decimals);

}  // namespace backtest
