// Falls from a peak of NAV (MET-5), the drawdown table and the Calmar ratio.
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/metric/family.hpp"
#include "engine/metric/sample.hpp"

namespace backtest {

namespace {

constexpr std::size_t drawdowns_kept = 10;

std::vector<DrawdownPeriod> drawdown_periods(const SimulationResult& result, const Panel& prices, double initial_cash) {
  std::vector<DrawdownPeriod> periods;
  double peak = initial_cash;
  Date peak_date = prices.dates[result.first_bar];
  bool below = false;
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    const Date date = prices.dates[result.first_bar + k];
    const double nav = result.bars[k].nav;
    if (nav >= peak) {
      if (below) periods.back().recovery = date;
      below = false;
      peak = nav;
      peak_date = date;
      continue;
    }
    const double depth = nav / peak - 1.0;
    if (!below) periods.push_back({.start = peak_date, .trough = date, .recovery = {}, .depth = 0.0});
    below = true;
    if (depth < periods.back().depth) {
      periods.back().depth = depth;
      periods.back().trough = date;
    }
  }
  return periods;
}

}  // namespace

void add_drawdowns(const SimulationResult& result, const Panel& prices, double initial_cash, Summary& summary) {
  for (const BarRow& bar : result.bars) summary.max_drawdown = std::min(summary.max_drawdown, bar.drawdown);
  summary.drawdowns = drawdown_periods(result, prices, initial_cash);
  std::ranges::sort(summary.drawdowns, {},
                    [](const DrawdownPeriod& period) { return std::pair(period.depth, period.start); });
  if (summary.drawdowns.size() > drawdowns_kept) summary.drawdowns.resize(drawdowns_kept);

  if (summary.max_drawdown == 0.0) {
    summary.warnings.push_back("calmar_ratio is undefined: NAV was never below an earlier peak");
  } else if (!summary.annualized_return) {
    summary.warnings.push_back("calmar_ratio is undefined: annualized_return is");
  } else {
    summary.calmar_ratio = finite(*summary.annualized_return / std::abs(summary.max_drawdown));
    if (!summary.calmar_ratio) summary.warnings.push_back("calmar_ratio is undefined: it is too large for a number");
  }
}

}  // namespace backtest
