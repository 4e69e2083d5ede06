// Holes in an instrument's rows: how a reused ticker looks.
#pragma once

#include <vector>

#include "data/load.hpp"

namespace backtest {

// A run of bars without a row, between two rows and longer than max_gap_bars: a warning, or an error with on_gap:
// error.
void report_gaps(const LoadRequest& request, const Panel& panel, std::vector<Diagnostic>& warnings);

}  // namespace backtest
