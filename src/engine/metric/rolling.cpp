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

// Returns of all bars, from which windows are cut.
struct Samples {
  std::vector<double> returns, excess;

  Samples(std::span<const BarRow> bars, const Convention& convention, std::size_t first_row) {
    for (std::size_t k = first_row; k < bars.size(); ++k) {
      returns.push_back(bars[k].period_return);
      if (!convention.risk_free.empty()) excess.push_back(bars[k].period_return - convention.risk_free[k]);
    }
  }
};

// The window of `length` bars up to row k; `samples` begin at row `first_row`.
RollingRow row_of(const SimulationResult& result, const Summary& summary, const Samples& samples, std::size_t first_row,
                  std::size_t k, std::size_t length) {
  RollingRow row{.row = k, .window = static_cast<int>(length)};
  if (k + 1 < length) return row;
  const std::size_t begin = k + 1 - length;
  Window window{.bars = std::span(result.bars).subspan(begin, length),
                .returns = std::span(samples.returns).subspan(begin - first_row, length)};
  window.nav_before = begin == 0 ? summary.initial_cash : result.bars[begin - 1].nav;
  if (!samples.excess.empty()) window.excess = std::span(samples.excess).subspan(begin - first_row, length);
  fill_row(window, summary.convention, row);
  const std::span<const BenchmarkRow> benchmark(summary.benchmark_rows);
  // A window that the benchmark does not span would be measured by the few returns that it has there.
  if (benchmark.empty() || benchmark.front().row > begin || benchmark.back().row < k) return row;
  const auto first = std::ranges::lower_bound(benchmark, begin, {}, &BenchmarkRow::row);
  const auto end = std::ranges::upper_bound(benchmark, k, {}, &BenchmarkRow::row);
  row.beta = beta_of(std::span(first, end));
  return row;
}

}  // namespace

RollingRow rolling_at(const SimulationResult& result, const Summary& summary, std::size_t row, int window) {
  const auto length = static_cast<std::size_t>(window);
  const std::size_t first_row = row + 1 < length ? row : row + 1 - length;
  const std::span<const BarRow> bars = std::span(result.bars).first(row + 1);
  const Samples samples(bars, summary.convention, first_row);
  RollingRow rolling = row_of(result, summary, samples, first_row, row, length);
  if (samples.returns.size() == length) {
    rolling.sortino = sortino_ratio(samples.excess.empty() ? samples.returns : samples.excess, summary.convention);
  }
  return rolling;
}

std::vector<RollingRow> rolling_metrics(const SimulationResult& result, const Summary& summary) {
  const Samples samples(result.bars, summary.convention, 0);
  std::vector<RollingRow> rows;
  rows.reserve(result.bars.size() * std::size(rolling_windows));
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    for (const int size : rolling_windows) {
      rows.push_back(row_of(result, summary, samples, 0, k, static_cast<std::size_t>(size)));
    }
  }
  return rows;
}

}  // namespace backtest
