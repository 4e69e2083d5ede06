// The table of a TargetWeightsStrategy: date, symbol, weight, or date and one column of weights per symbol, made by any
// other tool.
#pragma once

#include <string>

#include "data/load.hpp"

namespace backtest {

// Rows outside start_date..end_date are left out. A date that is no bar (but by
// data.on_off_calendar), a symbol outside the universe, a weight that
// is missing or no finite number, a second row of a symbol on a date, and a table without rows are errors.
TargetTable load_targets(const LoadRequest& request, const std::string& path, const Panel& prices,
                         std::vector<Diagnostic>& warnings);

}  // namespace backtest
