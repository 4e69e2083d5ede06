#include "engine/metric/return_spread.hpp"

#include <algorithm>

#include "base/real_math.hpp"
#include "engine/metric/sample.hpp"

namespace backtest {

ReturnSpread spread_of(std::vector<double> returns) {
  ReturnSpread spread{.count = returns.size()};
  double growth = 1.0, gains = 0.0, losses = 0.0, won = 0.0, lost = 0.0;
  for (const double value : returns) {
    growth *= 1.0 + value;
    if (value > 0.0) gains += value, ++won;
    if (value < 0.0) losses += value, ++lost;
  }
  const auto count = static_cast<double>(returns.size());
  std::ranges::sort(returns);
  if (returns.front() > -1.0) spread.mean = finite(real_pow(growth, 1.0 / count) - 1.0);
  if (won > 0.0) spread.mean_gain = gains / won;
  if (lost > 0.0) spread.mean_loss = losses / lost;
  if (won + lost > 0.0) spread.winning = won / (won + lost);
  spread.worst = returns.front();
  spread.low = quantile(returns, 0.05);
  spread.lower_quarter = quantile(returns, 0.25);
  spread.median = quantile(returns, 0.5);
  spread.upper_quarter = quantile(returns, 0.75);
  spread.high = quantile(returns, 0.95);
  spread.best = returns.back();
  return spread;
}

std::vector<double> period_values(const SimulationResult& result, const Panel& prices, double initial_cash,
                                  Period period) {
  std::vector<double> values;
  for (const PeriodReturn& part : period_returns(result, prices, initial_cash, period)) values.push_back(part.value);
  return values;
}

}  // namespace backtest
