// The same measures over the last 21, 63, 126 and 252 bars (MET-6). Windows are summed afresh: no residue builds up.
#include <algorithm>
#include <span>

#include "engine/metric/sample.hpp"
#include "engine/metric/summary.hpp"

namespace backtest {

namespace {

double worst_fall(std::span<const BarRow> bars) {
  double peak = bars.front().nav;
  double worst = 0.0;
  for (const BarRow& bar : bars) {
    peak = std::max(peak, bar.nav);
    if (peak != 0.0) worst = std::min(worst, bar.nav / peak - 1.0);
  }
  return worst;
}

void fill_row(std::span<const BarRow> bars, std::span<const double> returns, RollingRow& row) {
  double growth = 1.0;
  for (const double value : returns) growth *= 1.0 + value;
  row.period_return = finite(growth - 1.0);
  const Moments moments = moments_of(returns);
  row.volatility = finite(annualized(moments.deviation));
  row.sharpe = sharpe_ratio(moments);
  row.max_drawdown = finite(worst_fall(bars));
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

std::vector<RollingRow> rolling_metrics(const SimulationResult& result) {
  std::vector<double> returns;
  returns.reserve(result.bars.size());
  for (const BarRow& bar : result.bars) returns.push_back(bar.period_return);
  std::vector<RollingRow> rows;
  rows.reserve(result.bars.size() * std::size(rolling_windows));
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    for (const int window : rolling_windows) {
      const auto length = static_cast<std::size_t>(window);
      RollingRow& row = rows.emplace_back(RollingRow{.row = k, .window = window});
      if (k + 1 < length) continue;
      const std::size_t begin = k + 1 - length;
      fill_row(std::span(result.bars).subspan(begin, length), std::span(returns).subspan(begin, length), row);
    }
  }
  return rows;
}

}  // namespace backtest
