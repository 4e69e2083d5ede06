// How the returns of one length - bars, weeks, months, quarters, years - lie between the worst and the best.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/metric/summary.hpp"

namespace backtest {

struct ReturnSpread {
  std::size_t count = 0;
  double worst = 0.0, low = 0.0, lower_quarter = 0.0, median = 0.0, upper_quarter = 0.0, high = 0.0, best = 0.0;
  OptionalNumber mean;                  // geometric: what compounds to the total
  OptionalNumber mean_gain, mean_loss;  // of those above and below 0
  OptionalNumber winning;               // share of those that are not 0
};

// Quantiles at 5, 25, 50, 75 and 95 %, linear between neighbours. `returns` is not empty.
ReturnSpread spread_of(std::vector<double> returns);

std::vector<double> period_values(const SimulationResult& result, const Panel& prices, double initial_cash,
                                  Period period);

}  // namespace backtest
