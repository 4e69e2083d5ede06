#include "engine/metric/period_cost.hpp"

#include "engine/metric/calendar_period.hpp"
#include "engine/metric/sample.hpp"

namespace backtest {

std::vector<PeriodCost> period_costs(const SimulationResult& result, const Panel& prices, double initial_cash,
                                     Period period) {
  std::vector<PeriodCost> costs;
  double base = initial_cash;  // the last NAV of the previous period
  double last = initial_cash;
  Date next;
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    const Date date = prices.dates[result.first_bar + k];
    if (costs.empty() || date >= next) {
      const PeriodReturn current = period_of(date, period);
      base = last;
      costs.push_back({.year = current.year, .period = current.period});
      next = next_period(date, period);
    }
    const BarRow& bar = result.bars[k];
    PeriodCost& cost = costs.back();
    cost.turnover += bar.turnover / 2.0;
    cost.commission += bar.commission;
    cost.slippage += bar.slippage_cost;
    if (base > 0.0) {
      cost.commission_share = finite(cost.commission / base);
      cost.slippage_share = finite(cost.slippage / base);
    }
    last = bar.nav;
  }
  return costs;
}

}  // namespace backtest
