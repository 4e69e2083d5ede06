// Markets for benchmarks, built in memory: log-normal walks from a counter-based generator, equal on every machine.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/model/panel.hpp"

namespace backtest::bench {

struct MarketShape {
  std::size_t bars = 0;
  std::size_t instruments = 0;
  double daily_drift = 2e-4;
  double daily_volatility = 0.01;
  bool weekdays = true;        // false: every calendar day
  bool close_only = false;     // open, high and low share the close's array
  double missing_share = 0.0;  // of the cells
  double delisting_per_year = 0.0;
  std::uint64_t seed = 42;
};

MarketData synthetic_market(const MarketShape& shape);

// Index of the first bar of each calendar month.
std::vector<std::uint8_t> first_bars_of_months(const Panel& prices);

}  // namespace backtest::bench
