// The portfolio beside a benchmark, over the spans between bars on which the benchmark has a close.
#include "engine/metric/benchmark.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/real_math.hpp"
#include "engine/metric/family.hpp"
#include "engine/metric/sample.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

namespace {

std::vector<BenchmarkRow> benchmark_rows(const SimulationResult& result, const MarketData& market,
                                         const Convention& convention) {
  std::vector<BenchmarkRow> rows;
  double first = missing, last = missing, last_nav = missing, highest = 1.0;
  double risk_free_growth = 1.0;  // since the row before
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    if (!convention.risk_free.empty()) risk_free_growth *= 1.0 + convention.risk_free[k];
    const double close = market.benchmark_close[result.first_bar + k];
    if (std::isnan(close)) continue;
    const double nav = result.bars[k].nav;
    BenchmarkRow& row = rows.emplace_back(BenchmarkRow{.row = k});
    if (rows.size() == 1) {
      first = close;
    } else {
      row.growth = close / first;
      row.benchmark_return = relative_change(close, last);
      row.portfolio_return = relative_change(nav, last_nav);
      row.risk_free = risk_free_growth - 1.0;
    }
    highest = std::max(highest, row.growth);
    row.drawdown = relative_change(row.growth, highest);
    last = close;
    last_nav = nav;
    risk_free_growth = 1.0;
  }
  return rows;
}

struct PairedReturns {
  std::vector<double> portfolio, benchmark, portfolio_excess, benchmark_excess;

  explicit PairedReturns(std::span<const BenchmarkRow> rows) {
    for (const BenchmarkRow& row : rows) {
      if (!row.benchmark_return || !row.portfolio_return) continue;
      portfolio.push_back(*row.portfolio_return);
      benchmark.push_back(*row.benchmark_return);
      portfolio_excess.push_back(*row.portfolio_return - row.risk_free);
      benchmark_excess.push_back(*row.benchmark_return - row.risk_free);
    }
  }
};

// Without ddof, which cancels in beta and correlation.
struct Comovement {
  Moments portfolio, benchmark;
  double covariance = 0.0;

  Comovement(std::span<const double> portfolio_returns, std::span<const double> benchmark_returns)
      : portfolio(moments_of(portfolio_returns, 0)), benchmark(moments_of(benchmark_returns, 0)) {
    if (portfolio_returns.empty()) return;
    double sum = 0.0;
    for (std::size_t i = 0; i < portfolio_returns.size(); ++i) {
      sum += (portfolio_returns[i] - portfolio.mean) * (benchmark_returns[i] - benchmark.mean);
    }
    covariance = sum / static_cast<double>(portfolio_returns.size());
  }
  OptionalNumber beta() const {
    if (!benchmark.varies()) return std::nullopt;
    return finite(covariance / (benchmark.deviation * benchmark.deviation));
  }
  OptionalNumber correlation() const {
    if (!benchmark.varies() || !portfolio.varies()) return std::nullopt;
    return finite(std::clamp(covariance / (portfolio.deviation * benchmark.deviation), -1.0, 1.0));
  }
};

// Of the spans in which the benchmark rose (sign +1) or fell (-1): the portfolio's sum over the benchmark's.
OptionalNumber capture(const PairedReturns& paired, double sign) {
  double portfolio = 0.0, benchmark = 0.0;
  for (std::size_t i = 0; i < paired.portfolio.size(); ++i) {
    if (paired.benchmark[i] * sign <= 0.0) continue;
    portfolio += paired.portfolio[i];
    benchmark += paired.benchmark[i];
  }
  return benchmark == 0.0 ? std::nullopt : finite(portfolio / benchmark);
}

std::string counted(std::size_t bars) {
  return std::to_string(bars) + (bars == 1 ? " bar" : " bars");
}

void add_span(const SimulationResult& result, const Panel& prices, const std::vector<BenchmarkRow>& rows,
              BenchmarkMetrics& metrics, std::vector<std::string>& remarks) {
  const std::size_t first = rows.front().row, last = rows.back().row, bars = result.bars.size();
  metrics.first_date = prices.dates[result.first_bar + first];
  metrics.last_date = prices.dates[result.first_bar + last];
  metrics.spans_the_run = first == 0 && last + 1 == bars;
  if (first > 0) {
    remarks.push_back(fmt::format("the benchmark starts on {}, {} after the run: both are compared from there",
                                  to_text(*metrics.first_date), counted(first)));
  }
  if (last + 1 < bars) {
    remarks.push_back(fmt::format("the benchmark ends on {}, {} before the run: both are compared up to there",
                                  to_text(*metrics.last_date), counted(bars - 1 - last)));
  }
  const std::size_t spanned = last - first + 1;
  if (rows.size() < spanned) {
    remarks.push_back(fmt::format("the benchmark has no close on {} of {} bars; its returns span them",
                                  spanned - rows.size(), spanned));
  }
}

// The benchmark as a portfolio of its own.
void add_own_numbers(const std::vector<BenchmarkRow>& rows, const PairedReturns& paired, const Convention& convention,
                     BenchmarkMetrics& metrics) {
  const auto bars = static_cast<double>(rows.back().row - rows.front().row);
  metrics.total_return = finite(relative_change(rows.back().growth, 1.0));
  metrics.annualized_return = finite(real_pow(rows.back().growth, convention.bars_per_year / bars) - 1.0);
  metrics.annualized_volatility =
      finite(annualized(moments_of(paired.benchmark, convention.ddof).deviation, convention));
  metrics.sharpe_ratio = sharpe_ratio(moments_of(paired.benchmark_excess, convention.ddof), convention);
  metrics.max_drawdown = std::ranges::min(rows, {}, &BenchmarkRow::drawdown).drawdown;
}

void add_comovement(const PairedReturns& paired, const Convention& convention, BenchmarkMetrics& metrics,
                    std::vector<std::string>& warnings) {
  const Comovement together(paired.portfolio, paired.benchmark);
  const double mean = moments_of(paired.portfolio_excess, 0).mean;
  const double benchmark_mean = moments_of(paired.benchmark_excess, 0).mean;
  metrics.beta = together.beta();
  metrics.correlation = together.correlation();
  if (metrics.correlation) metrics.r_squared = *metrics.correlation * *metrics.correlation;
  if (!metrics.beta) {
    warnings.push_back("benchmark.alpha and benchmark.beta are undefined: the benchmark's returns do not vary");
    return;
  }
  const double unexplained = mean - *metrics.beta * benchmark_mean;
  metrics.alpha = is_rounding(unexplained, 1.0) ? 0.0 : finite(unexplained * convention.bars_per_year);
  if (!is_rounding(*metrics.beta, 1.0)) metrics.treynor_ratio = finite(mean * convention.bars_per_year / *metrics.beta);
}

// Modigliani and Modigliani 1997: what the portfolio earns a year when lent or borrowed to the benchmark's volatility.
OptionalNumber return_at_equal_risk(const PairedReturns& paired, const Convention& convention) {
  const OptionalNumber sharpe = sharpe_ratio(moments_of(paired.portfolio_excess, convention.ddof), convention);
  if (!sharpe) return std::nullopt;
  const double risk_free = moments_of(paired.benchmark, 0).mean - moments_of(paired.benchmark_excess, 0).mean;
  const double volatility = annualized(moments_of(paired.benchmark, convention.ddof).deviation, convention);
  return finite(risk_free * convention.bars_per_year + *sharpe * volatility);
}

void add_active_return(const PairedReturns& paired, const Convention& convention, BenchmarkMetrics& metrics,
                       std::vector<std::string>& warnings) {
  std::vector<double> active(paired.portfolio.size());
  for (std::size_t i = 0; i < active.size(); ++i) active[i] = paired.portfolio[i] - paired.benchmark[i];
  const Moments moments = moments_of(active, convention.ddof);
  metrics.tracking_error = finite(annualized(moments.deviation, convention));
  metrics.information_ratio = sharpe_ratio(moments, convention);
  if (!metrics.information_ratio) {
    warnings.push_back("benchmark.information_ratio is undefined: returns against the benchmark do not vary");
  }
}

}  // namespace

OptionalNumber beta_of(std::span<const BenchmarkRow> rows) {
  const PairedReturns paired(rows);
  return Comovement(paired.portfolio, paired.benchmark).beta();
}

void add_benchmark(const SimulationResult& result, const MarketData& market, Summary& summary) {
  BenchmarkMetrics& metrics = summary.benchmark.emplace();
  std::vector<BenchmarkRow>& rows = summary.benchmark_rows;
  rows = benchmark_rows(result, market, summary.convention);
  if (!rows.empty()) add_span(result, market.prices, rows, metrics, summary.remarks);
  const PairedReturns paired(rows);
  if (paired.portfolio.empty()) {
    summary.warnings.push_back("benchmark metrics are undefined: fewer than two bars have a benchmark close");
    return;
  }
  metrics.portfolio_return =
      finite(relative_change(result.bars[rows.back().row].nav, result.bars[rows.front().row].nav));
  add_own_numbers(rows, paired, summary.convention, metrics);
  add_comovement(paired, summary.convention, metrics, summary.warnings);
  add_active_return(paired, summary.convention, metrics, summary.warnings);
  metrics.return_at_equal_risk = return_at_equal_risk(paired, summary.convention);
  metrics.up_capture = capture(paired, 1.0);
  metrics.down_capture = capture(paired, -1.0);
  if (!metrics.up_capture) summary.warnings.push_back("benchmark.up_capture is undefined: the benchmark never rose");
  if (!metrics.down_capture)
    summary.warnings.push_back("benchmark.down_capture is undefined: the benchmark never fell");
}

}  // namespace backtest
