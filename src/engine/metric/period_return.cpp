// Returns of calendar months, quarters and years, which compound to the total (MET-7 as W-18 has it).
#include "engine/metric/summary.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

std::vector<PeriodReturn> period_returns(const SimulationResult& result, const Panel& prices, double initial_cash,
                                         Period period) {
  std::vector<PeriodReturn> returns;
  double base = initial_cash;  // the last NAV of the previous period
  double last = initial_cash;
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    const CalendarFields day = calendar_fields(prices.dates[result.first_bar + k]);
    const int number = period == Period::month ? day.month : period == Period::quarter ? day.quarter : 0;
    if (returns.empty() || returns.back().year != day.year || returns.back().period != number) {
      base = last;
      returns.push_back({.year = day.year, .period = number});
    }
    last = result.bars[k].nav;
    if (base != 0.0) returns.back().value = relative_change(last, base);
  }
  return returns;
}

}  // namespace backtest
