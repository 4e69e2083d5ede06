// Falls from a peak of NAV (MET-5), the drawdown table and the Calmar ratio.
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/metric/family.hpp"
#include "engine/metric/sample.hpp"
#include "engine/model/tolerance.hpp"

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
    const double depth = relative_change(nav, peak);
    if (depth >= 0.0) {
      if (below) periods.back().recovery = date;
      below = false;
      peak = std::max(peak, nav);
      peak_date = date;
      continue;
    }
    if (!below) periods.push_back({.start = peak_date, .trough = date, .recovery = {}, .depth = 0.0});
    below = true;
    if (depth < periods.back().depth) {
      periods.back().depth = depth;
      periods.back().trough = date;
    }
  }
  return periods;
}

// Before the shallow ones are dropped. Days run from the peak to the recovery, or to the last bar.
void add_statistics_of(const std::vector<DrawdownPeriod>& periods, const SimulationResult& result, const Panel& prices,
                       ReturnStatistics& statistics) {
  const Date last = prices.dates[result.first_bar + result.bars.size() - 1];
  double depths = 0.0;
  double days = 0.0;
  for (const DrawdownPeriod& period : periods) {
    depths += period.depth;
    const std::int32_t length = period.recovery.value_or(last).days - period.start.days;
    days += length;
    statistics.longest_drawdown_days = std::max(statistics.longest_drawdown_days, length);
  }
  if (!periods.empty()) {
    statistics.average_drawdown = depths / static_cast<double>(periods.size());
    statistics.average_drawdown_days = days / static_cast<double>(periods.size());
  }
  double squares = 0.0, below = 0.0;
  for (const BarRow& bar : result.bars) {
    squares += bar.drawdown * bar.drawdown;
    below += bar.drawdown < 0.0 ? 1.0 : 0.0;
  }
  const auto bars = static_cast<double>(result.bars.size());
  // Over the returns, one fewer than the bars, as the other statistics are.
  statistics.ulcer_index = finite(std::sqrt(squares / std::max(bars - 1.0, 1.0)));
  statistics.time_under_water = below / bars;
}

}  // namespace

void add_drawdowns(const SimulationResult& result, const Panel& prices, double initial_cash, Summary& summary) {
  for (const BarRow& bar : result.bars) summary.max_drawdown = std::min(summary.max_drawdown, bar.drawdown);
  summary.drawdowns = drawdown_periods(result, prices, initial_cash);
  add_statistics_of(summary.drawdowns, result, prices, summary.statistics);
  std::ranges::sort(summary.drawdowns, {},
                    [](const DrawdownPeriod& period) { return std::pair(period.depth, period.start); });
  if (summary.drawdowns.size() > drawdowns_kept) summary.drawdowns.resize(drawdowns_kept);

  if (summary.max_drawdown < 0.0) {
    summary.statistics.recovery_factor = finite(summary.total_return / std::abs(summary.max_drawdown));
  }
  if (summary.max_drawdown == 0.0) {
    summary.warnings.push_back("calmar_ratio and average_drawdown are undefined: NAV was never below an earlier peak");
  } else if (!summary.annualized_return) {
    summary.warnings.push_back("calmar_ratio is undefined: annualized_return is");
  } else {
    summary.calmar_ratio = finite(*summary.annualized_return / std::abs(summary.max_drawdown));
    if (!summary.calmar_ratio) summary.warnings.push_back("calmar_ratio is undefined: it is too large for a number");
  }
}

}  // namespace backtest
