// What was traded and what it cost, by calendar period.
#pragma once

#include <vector>

#include "engine/metric/summary.hpp"

namespace backtest {

struct PeriodCost {
  int year = 0;
  int period = 0;         // as PeriodReturn's
  double turnover = 0.0;  // one-way: half of the sum of the daily column
  double commission = 0.0, slippage = 0.0;
  OptionalNumber commission_share, slippage_share;  // of the NAV that the period began with, where it was positive
};
std::vector<PeriodCost> period_costs(const SimulationResult& result, const Panel& prices, double initial_cash,
                                     Period period);

}  // namespace backtest
