// The portfolio beside a benchmark, over the spans between bars on which the benchmark has a close.
#include <cmath>

#include "engine/metric/family.hpp"
#include "engine/metric/sample.hpp"

namespace backtest {

namespace {

struct PairedReturns {
  std::vector<double> portfolio;
  std::vector<double> benchmark;
  double benchmark_growth = 1.0;  // last close over first close
  std::size_t missing_bars = 0;
};

PairedReturns paired_returns(const SimulationResult& result, const MarketData& market) {
  PairedReturns paired;
  double first = missing, last = missing, last_nav = missing;
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    const double close = market.benchmark_close[result.first_bar + k];
    if (std::isnan(close)) {
      ++paired.missing_bars;
      continue;
    }
    const double nav = result.bars[k].nav;
    if (std::isnan(first)) {
      first = close;
    } else {
      paired.portfolio.push_back(nav / last_nav - 1.0);
      paired.benchmark.push_back(close / last - 1.0);
    }
    last = close;
    last_nav = nav;
  }
  if (!std::isnan(first)) paired.benchmark_growth = last / first;
  return paired;
}

double covariance(const PairedReturns& paired, double portfolio_mean, double benchmark_mean) {
  double sum = 0.0;
  for (std::size_t i = 0; i < paired.portfolio.size(); ++i) {
    sum += (paired.portfolio[i] - portfolio_mean) * (paired.benchmark[i] - benchmark_mean);
  }
  return sum / static_cast<double>(paired.portfolio.size());
}

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

void add_active_return(const PairedReturns& paired, BenchmarkMetrics& metrics, std::vector<std::string>& warnings) {
  std::vector<double> active(paired.portfolio.size());
  for (std::size_t i = 0; i < active.size(); ++i) active[i] = paired.portfolio[i] - paired.benchmark[i];
  const Moments moments = moments_of(active);
  metrics.tracking_error = finite(annualized(moments.deviation));
  metrics.information_ratio = sharpe_ratio(moments);
  if (!metrics.information_ratio) {
    warnings.push_back("benchmark.information_ratio is undefined: returns against the benchmark do not vary");
  }
}

}  // namespace

void add_benchmark(const SimulationResult& result, const MarketData& market, Summary& summary) {
  BenchmarkMetrics& metrics = summary.benchmark.emplace();
  const PairedReturns paired = paired_returns(result, market);
  if (paired.missing_bars > 0) {
    summary.warnings.push_back("the benchmark has no close on " + std::to_string(paired.missing_bars) + " of " +
                               std::to_string(result.bars.size()) + " bars; its returns span them");
  }
  if (paired.portfolio.empty()) {
    summary.warnings.push_back("benchmark metrics are undefined: fewer than two bars have a benchmark close");
    return;
  }
  metrics.total_return = finite(paired.benchmark_growth - 1.0);
  const Moments portfolio = moments_of(paired.portfolio);
  const Moments benchmark = moments_of(paired.benchmark);
  if (benchmark.varies()) {
    const double beta =
        covariance(paired, portfolio.mean, benchmark.mean) / (benchmark.deviation * benchmark.deviation);
    metrics.beta = finite(beta);
    metrics.alpha = finite((portfolio.mean - beta * benchmark.mean) * bars_per_year);
  } else {
    summary.warnings.push_back("benchmark.alpha and benchmark.beta are undefined: the benchmark's returns do not vary");
  }
  add_active_return(paired, metrics, summary.warnings);
  metrics.up_capture = capture(paired, 1.0);
  metrics.down_capture = capture(paired, -1.0);
  if (!metrics.up_capture) summary.warnings.push_back("benchmark.up_capture is undefined: the benchmark never rose");
  if (!metrics.down_capture)
    summary.warnings.push_back("benchmark.down_capture is undefined: the benchmark never fell");
}

}  // namespace backtest
