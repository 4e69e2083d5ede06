// What a run is measured against, one value per bar: a benchmark and a risk-free series.
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

// Of the file request.benchmark_path, or of request.benchmark_symbol in the price table where it has rows beside the
// bars of the run. A symbol column may hold one symbol, or request.benchmark_symbol among others. Throws InvalidInput.
std::vector<double> load_benchmark(const LoadRequest& request, const Panel& prices, std::vector<Diagnostic>& warnings);

// The request's risk-free series as MarketData has it; empty without one. It must not start after the first bar.
std::vector<double> load_risk_free(const LoadRequest& request, const Panel& prices, std::vector<Diagnostic>& warnings);

}  // namespace backtest
