// The closes that a run is compared with, one per bar.
#pragma once

#include <span>
#include <vector>

#include "data/load.hpp"
#include "data/table_field.hpp"
#include "data/universe.hpp"

namespace backtest {

// Of a symbol of the price table. Splits and dividends are worked in from the first bar on, as if each dividend bought
// more at that bar's close: what a holder earned, as the NAV beside it is.
std::vector<double> benchmark_series(const PanelShape& shape, const Universe& universe,
                                     std::span<const TableField> fields);

}  // namespace backtest
