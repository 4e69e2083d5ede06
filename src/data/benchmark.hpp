// The closes that a run is compared with, one per bar.
#pragma once

#include <span>
#include <vector>

#include "data/load.hpp"
#include "data/panel_shape.hpp"
#include "data/table_field.hpp"

namespace backtest {

// Of the place's closes in a panel. Splits and dividends are worked in from the first bar on, as if each dividend
// bought more at that bar's close: what a holder earned, as the NAV beside it is.
std::vector<double> benchmark_series(const PanelShape& shape, std::uint32_t place, std::span<const TableField> fields);

// Of the file request.benchmark_path: date and close, perhaps split and dividend, or date and one other column. A
// symbol column may hold one symbol, or request.benchmark_symbol among others. Throws InvalidInput.
std::vector<double> load_benchmark(const LoadRequest& request, const Panel& prices, std::vector<Diagnostic>& warnings);

}  // namespace backtest
