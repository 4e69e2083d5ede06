#include "engine/metric/value_series.hpp"

#include <algorithm>

#include "engine/metric/family.hpp"
#include "engine/metric/sample.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

namespace {

// `value` and `change` of a benchmark row: since the first row, and since the row before.
template <typename Value, typename Change>
std::optional<ValueSeries> series_of(const SimulationResult& result, const Panel& prices, const Summary& summary,
                                     Value value, Change change) {
  const std::vector<BenchmarkRow>& rows = summary.benchmark_rows;
  if (rows.size() < 2) return std::nullopt;
  ValueSeries series;
  Convention& convention = series.summary.convention;
  convention = summary.convention;
  convention.first_bar_trades = false;
  convention.risk_free.clear();
  double highest = 1.0;
  for (const BenchmarkRow& row : rows) {
    series.calendar.dates.push_back(prices.dates[result.first_bar + row.row]);
    BarRow& bar = series.record.bars.emplace_back();
    bar.nav = value(row);
    bar.period_return = change(row).value_or(0.0);
    bar.cumulative_return = relative_change(bar.nav, 1.0);
    highest = std::max(highest, bar.nav);
    bar.drawdown = relative_change(bar.nav, highest);
    if (!summary.convention.risk_free.empty()) convention.risk_free.push_back(row.risk_free);
  }
  convention.days = series.calendar.dates.back().days - series.calendar.dates.front().days;
  series.record.opening_nav = 1.0;
  series.summary.initial_cash = 1.0;
  add_performance(series.record, 1.0, series.summary);
  // Bars on which the benchmark has no close are bars of its time too.
  series.summary.annualized_return =
      annualized_return(series.summary.total_return, rows.back().row - rows.front().row, convention);
  add_drawdowns(series.record, series.calendar, 1.0, series.summary);
  add_statistics(series.record, series.calendar, 1.0, series.summary);
  return series;
}

}  // namespace

std::optional<ValueSeries> benchmark_values(const SimulationResult& result, const Panel& prices,
                                            const Summary& summary) {
  return series_of(
      result, prices, summary, [](const BenchmarkRow& row) { return row.growth; },
      [](const BenchmarkRow& row) { return row.benchmark_return; });
}

std::optional<ValueSeries> portfolio_values(const SimulationResult& result, const Panel& prices,
                                            const Summary& summary) {
  if (summary.benchmark_rows.empty()) return std::nullopt;
  const double base = result.bars[summary.benchmark_rows.front().row].nav;
  if (base <= 0.0) return std::nullopt;
  return series_of(
      result, prices, summary, [&](const BenchmarkRow& row) { return result.bars[row.row].nav / base; },
      [](const BenchmarkRow& row) { return row.portfolio_return; });
}

}  // namespace backtest
