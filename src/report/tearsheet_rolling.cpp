// How risk and reward moved: volatility, Sharpe and Sortino ratio and beta of the bars before each point.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/tearsheet_plot.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_rolling_points = 240;

struct Rolling {
  int window = 0;  // in bars; 0: the run is too short
  TimeAxis axis;
  std::vector<double> volatility, sharpe, sortino, beta;
  std::vector<double> benchmark_volatility, benchmark_sharpe, benchmark_sortino;
};

// Half a year of daily bars, a year of longer ones; less where the run is short.
int window_of(const Convention& convention, std::size_t bars) {
  const double year = convention.bars_per_year;
  if (year < 13.0) return bars >= 24 ? 12 : 0;
  if (year < 60.0) return bars >= 104 ? 52 : bars >= 52 ? 26 : 0;
  for (const int window : {126, 63, 21}) {
    if (bars >= 2 * static_cast<std::size_t>(window)) return window;
  }
  return 0;
}

Rolling rolling_of(const Sheet& sheet) {
  const RunView& run = sheet.run;
  Rolling rolling{.window = window_of(run.summary.convention, run.result.bars.size())};
  rolling.axis = even_axis(run, most_rolling_points);
  if (rolling.window == 0) return rolling;
  const std::vector<BenchmarkRow>& benchmark = run.summary.benchmark_rows;
  for (const std::size_t row : rolling.axis.rows) {
    const RollingRow at = rolling_at(run.result, run.summary, row, rolling.window);
    rolling.volatility.push_back(at.volatility.value_or(missing));
    rolling.sharpe.push_back(at.sharpe.value_or(missing));
    rolling.sortino.push_back(at.sortino.value_or(missing));
    rolling.beta.push_back(at.beta.value_or(missing));
    if (!sheet.benchmark) continue;
    const auto found = std::ranges::lower_bound(benchmark, row, {}, &BenchmarkRow::row);
    RollingRow other;
    if (found != benchmark.end() && found->row == row) {
      other = rolling_at(sheet.benchmark->record, sheet.benchmark->summary,
                         static_cast<std::size_t>(found - benchmark.begin()), rolling.window);
    }
    rolling.benchmark_volatility.push_back(other.volatility.value_or(missing));
    rolling.benchmark_sharpe.push_back(other.sharpe.value_or(missing));
    rolling.benchmark_sortino.push_back(other.sortino.value_or(missing));
  }
  // Before its window is full, the number says nothing.
  for (std::size_t i = 0; i < rolling.axis.rows.size(); ++i) {
    if (rolling.axis.rows[i] + 1 < static_cast<std::size_t>(rolling.window)) rolling.beta[i] = missing;
  }
  return rolling;
}

// Draws `values`, and the benchmark's where there are any, with `level` inside of the scale.
std::string line_chart(Sheet& sheet, const TimeAxis& axis, std::size_t places, const std::string& title, Unit unit,
                       const std::vector<double>& values, const std::vector<double>& other, double level) {
  double low = level, high = level;
  for (const auto* line : {&values, &other}) {
    for (const double value : *line) {
      low = std::fmin(low, value);
      high = std::fmax(high, value);
    }
  }
  const Scale scale = linear_scale(low - 0.04 * (high - low), high + 0.04 * (high - low), 4);
  std::string shapes = grid(scale);
  std::vector<Reading> readings = {{title, unit, values}};
  std::vector<Legend> legends;
  if (!other.empty()) {
    shapes += path_element("line b", line_path(axis, scale, other));
    readings = {{"Portfolio", unit, values}, {sheet.benchmark_name, unit, other}};
    legends = {{"a", "Portfolio"}, {"b", sheet.benchmark_name}};
  }
  shapes += path_element("line a", line_path(axis, scale, values));
  const std::string labels = unit == Unit::percent ? percent_labels(scale) : ratio_labels(scale);
  const std::string plots = plot("small", title + " over time", shapes, labels) + sheet.date_labels;
  return chart(title, legends, plots, sheet.readings.add_chart(places, readings));
}

}  // namespace

std::string rolling_part(Sheet& sheet) {
  const Rolling rolling = rolling_of(sheet);
  std::string out = "<section>\n<h2>Rolling risk and reward";
  if (rolling.window == 0) {
    return out + "</h2>\n<p class=\"none\">The run has too few bars for windows.</p>\n</section>\n";
  }
  out += fmt::format(", over {} bars</h2>\n<div class=\"charts\">\n", rolling.window);
  const TimeAxis& axis = rolling.axis;
  const std::size_t places = sheet.readings.add_axis(axis.rows, dates_of(sheet.run, axis), axis.last_row);
  const auto draw = [&](const char* title, Unit unit, const std::vector<double>& values,
                        const std::vector<double>& other,
                        double level) { out += line_chart(sheet, axis, places, title, unit, values, other, level); };
  draw("Volatility, a year", Unit::percent, rolling.volatility, rolling.benchmark_volatility, 0.0);
  draw("Sharpe ratio", Unit::ratio, rolling.sharpe, rolling.benchmark_sharpe, 0.0);
  draw("Sortino ratio", Unit::ratio, rolling.sortino, rolling.benchmark_sortino, 0.0);
  if (sheet.benchmark) draw("Beta", Unit::ratio, rolling.beta, {}, 1.0);
  return out + "</div>\n</section>\n";
}

}  // namespace backtest
