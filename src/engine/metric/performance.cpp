// Return, volatility and the ratios of the two (MET-1..4).
#include <algorithm>
#include <cmath>

#include "base/real_math.hpp"
#include "engine/metric/family.hpp"
#include "engine/metric/sample.hpp"

namespace backtest {

namespace {

// r_1 .. r_{n-1}; the first bar has no earlier NAV, and stands alone only where it is the only one.
std::vector<double> return_sample(const SimulationResult& result) {
  std::vector<double> sample;
  sample.reserve(result.bars.size());
  for (std::size_t k = result.bars.size() == 1 ? 0 : 1; k < result.bars.size(); ++k) {
    sample.push_back(result.bars[k].period_return);
  }
  return sample;
}

OptionalNumber annualized_return(double total_return, std::size_t periods) {
  if (periods == 0) return 0.0;
  if (total_return < -1.0) return std::nullopt;
  return finite(real_pow(1.0 + total_return, bars_per_year / static_cast<double>(periods)) - 1.0);
}

// The target is 0; the deviation counts every bar, those without a loss as 0.
OptionalNumber sortino_ratio(std::span<const double> sample, const Moments& moments) {
  double squares = 0.0;
  for (const double value : sample) squares += std::min(value, 0.0) * std::min(value, 0.0);
  const double deviation = std::sqrt(squares / static_cast<double>(sample.size()));
  if (deviation <= 1e-12 * moments.largest) return std::nullopt;
  return finite(moments.mean / deviation * std::sqrt(bars_per_year));
}

}  // namespace

void add_performance(const SimulationResult& result, double initial_cash, Summary& summary) {
  summary.final_nav = result.bars.back().nav;
  summary.total_return = summary.final_nav / initial_cash - 1.0;
  summary.annualized_return = annualized_return(summary.total_return, result.bars.size() - 1);
  if (!summary.annualized_return) {
    summary.warnings.push_back(summary.total_return < -1.0
                                   ? "annualized_return is undefined: more than the initial cash was lost"
                                   : "annualized_return is undefined: it is too large for a number over so few bars");
  }
  const std::vector<double> sample = return_sample(result);
  const Moments moments = moments_of(sample);
  summary.annualized_volatility = annualized(moments.deviation);
  summary.sharpe_ratio = sharpe_ratio(moments);
  if (!summary.sharpe_ratio) summary.warnings.push_back("sharpe_ratio is undefined: the daily returns do not vary");
  summary.sortino_ratio = sortino_ratio(sample, moments);
  if (!summary.sortino_ratio) summary.warnings.push_back("sortino_ratio is undefined: no bar lost money");
}

}  // namespace backtest
