// One warning for each limit of a sizer that left out names which the strategy wanted (SZ-10): how many at most, how
// often, what to do.
#pragma once

#include <vector>

#include "base/diagnostic.hpp"
#include "report/artifacts.hpp"

namespace backtest {

// Appends them, leg by leg. `count` is the number of rebalances.
void add_sizer_warnings(const RunView& run, std::vector<Diagnostic>& warnings);

}  // namespace backtest
