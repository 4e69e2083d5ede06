// The price files of a request -> the panel and the benchmark's closes.
#pragma once

#include <vector>

#include "data/load.hpp"
#include "data/row_problems.hpp"

namespace backtest {

struct LoadedPrices {
  Panel panel;
  std::vector<double> benchmark_close;  // where the request names a symbol; one per bar
};

// Throws InvalidInput. Appends to `warnings`.
LoadedPrices load_prices(const LoadRequest& request, std::vector<Diagnostic>& warnings);

}  // namespace backtest
