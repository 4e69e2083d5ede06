// The same measures over the last 21, 63, 126 and 252 bars (MET-6). Windows are summed afresh: no residue builds up.
#include <algorithm>
#include <span>
#include <vector>

#include "engine/metric/benchmark.hpp"
#include "engine/metric/sample.hpp"
#include "engine/metric/summary.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

namespace {

// `nav_before` is the first peak, so that the window's own first return counts.
double worst_fall(std::span<const BarRow> bars, double nav_before) {
  double peak = nav_before;
  double worst = 0.0;
  for (const BarRow& bar : bars) {
    peak = std::max(peak, bar.nav);
    if (peak != 0.0) worst = std::min(worst, relative_change(bar.nav, peak));
  }
  return worst;
}

// The bars of one window, and what belongs to them.
struct Window {
  std::span<const BarRow> bars;
  std::span<const double> returns;
  std::span<const double> excess;  // of the risk-free rate
  double nav_before = 0.0;
};

void fill_row(const Window& window, const Convention& convention, RollingRow& row) {
  const std::span<const BarRow> bars = window.bars;
  double growth = 1.0;
  for (const double value : window.returns) growth *= 1.0 + value;
  row.period_return = finite(relative_change(growth, 1.0));
  const Moments moments = moments_of(window.returns, convention.ddof);
  row.volatility = finite(annualized(moments.deviation, convention));
  const bool has_risk_free = !convention.risk_free.empty();
  row.sharpe = sharpe_ratio(has_risk_free ? moments_of(window.excess, convention.ddof) : moments, convention);
  row.max_drawdown = finite(worst_fall(bars, window.nav_before));
  double turnover = 0.0, commission = 0.0, slippage = 0.0, fills = 0.0, gross = 0.0, net = 0.0;
  for (const BarRow& bar : bars) {
    turnover += bar.turnover;
    commission += bar.commission;
    slippage += bar.slippage_cost;
    fills += bar.fill_count;
    gross += bar.gross_exposure;
    net += bar.net_exposure;
  }
  row.turnover_sum = finite(turnover);
  row.commission_sum = finite(commission);
  row.slippage_cost_sum = finite(slippage);
  row.fill_count_sum = fills;
  row.gross_exposure_average = finite(gross / static_cast<double>(bars.size()));
  row.net_exposure_average = finite(net / static_cast<double>(bars.size()));
}

}  // namespace

std::vector<RollingRow> rolling_metrics(const SimulationResult& result, const Summary& summary) {
  const Convention& convention = summary.convention;
  const std::span<const BarRow> bars(result.bars);
  const std::span<const BenchmarkRow> benchmark(summary.benchmark_rows);
  std::vector<double> returns, excess;
  for (std::size_t k = 0; k < bars.size(); ++k) {
    returns.push_back(bars[k].period_return);
    if (!convention.risk_free.empty()) excess.push_back(bars[k].period_return - convention.risk_free[k]);
  }
  std::vector<RollingRow> rows;
  rows.reserve(bars.size() * std::size(rolling_windows));
  for (std::size_t k = 0; k < bars.size(); ++k) {
    for (const int size : rolling_windows) {
      const auto length = static_cast<std::size_t>(size);
      RollingRow& row = rows.emplace_back(RollingRow{.row = k, .window = size});
      if (k + 1 < length) continue;
      const std::size_t begin = k + 1 - length;
      Window window{.bars = bars.subspan(begin, length), .returns = std::span(returns).subspan(begin, length)};
      window.nav_before = begin == 0 ? summary.initial_cash : bars[begin - 1].nav;
      if (!excess.empty()) window.excess = std::span(excess).subspan(begin, length);
      fill_row(window, convention, row);
      const auto first = std::ranges::lower_bound(benchmark, begin, {}, &BenchmarkRow::row);
      const auto end = std::ranges::upper_bound(benchmark, k, {}, &BenchmarkRow::row);
      row.beta = beta_of(std::span(first, end));
    }
  }
  return rows;
}

}  // namespace backtest
