// NAV (with the benchmark, from the same start) above the returns of its bars and its drawdown, with the deepest
// drawdowns marked.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/tearsheet_parts.hpp"
#include "report/tearsheet_plot.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_points = 1000;
constexpr std::size_t marked_drawdowns = 5;

// Rows to draw: all of a short run; else of each stretch the lowest and the highest NAV, so that no peak and no trough
// is lost.
std::vector<std::size_t> drawn_rows(const std::vector<BarRow>& bars) {
  std::vector<std::size_t> rows;
  const std::size_t stretches = bars.size() <= most_points ? bars.size() : most_points / 2;
  for (std::size_t i = 0; i < stretches; ++i) {
    const auto begin = bars.begin() + static_cast<std::ptrdiff_t>(i * bars.size() / stretches);
    const auto end = bars.begin() + static_cast<std::ptrdiff_t>((i + 1) * bars.size() / stretches);
    const auto [low, high] = std::minmax_element(begin, end, [](auto& a, auto& b) { return a.nav < b.nav; });
    rows.push_back(static_cast<std::size_t>(std::min(low, high) - bars.begin()));
    rows.push_back(static_cast<std::size_t>(std::max(low, high) - bars.begin()));
  }
  rows.front() = 0;
  rows.back() = bars.size() - 1;
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

// The benchmark as if the portfolio's NAV at its first close had bought it: from there on both are compared.
std::vector<double> benchmark_line(const RunView& run) {
  std::vector<double> values;
  double first = missing, nav = missing;
  for (std::size_t row = 0; row < run.result.bars.size() && !run.market.benchmark_close.empty(); ++row) {
    const double close = run.market.benchmark_close[run.result.first_bar + row];
    if (std::isnan(first) && !std::isnan(close)) {
      first = close;
      nav = run.result.bars[row].nav;
    }
    values.push_back(nav * (close / first));
  }
  return values;
}

template <typename Value>
std::vector<double> drawn(const TimeAxis& axis, Value value) {
  std::vector<double> values;
  for (const std::size_t row : axis.rows) values.push_back(value(row));
  return values;
}

// Of each drawn row the worst and the best return since the drawn row before it, so that no large day is lost.
struct ReturnRange {
  std::vector<double> worst, best, extreme;

  ReturnRange(const TimeAxis& axis, const std::vector<BarRow>& bars) {
    std::size_t next = 0;
    for (const std::size_t row : axis.rows) {
      double low = 0.0, high = 0.0;
      for (; next <= row; ++next) {
        low = std::min(low, bars[next].period_return);
        high = std::max(high, bars[next].period_return);
      }
      worst.push_back(low);
      best.push_back(high);
      extreme.push_back(-low > high ? low : high);
    }
  }
};

std::string return_strokes(const TimeAxis& axis, const Scale& scale, const ReturnRange& range) {
  std::string path;
  for (std::size_t i = 0; i < axis.rows.size(); ++i) {
    const auto y = [&](double value) { return std::clamp(scale.depth(value), -2.0, 3.0) * 1000.0; };
    if (range.worst[i] == range.best[i]) continue;
    path += fmt::format("M{:.0f} {:.0f}V{:.0f}", axis.x(axis.rows[i]) * 2000.0, y(range.best[i]), y(range.worst[i]));
  }
  return path_element("strokes", path);
}

// Bands from the peak to the recovery, numbered as the table of drawdowns is.
struct Marks {
  std::string bands, numbers;

  Marks(const RunView& run, const TimeAxis& axis) {
    const std::size_t last = run.result.bars.size() - 1;
    const auto row_of = [&](Date date) {
      const auto begin = run.prices.dates.begin() + static_cast<std::ptrdiff_t>(run.result.first_bar);
      return static_cast<std::size_t>(std::lower_bound(begin, run.prices.dates.end(), date) - begin);
    };
    std::vector<double> placed;
    for (std::size_t i = 0; i < std::min(marked_drawdowns, run.summary.drawdowns.size()); ++i) {
      const DrawdownPeriod& period = run.summary.drawdowns[i];
      const double from = axis.x(row_of(period.start));
      const double to = axis.x(period.recovery ? row_of(*period.recovery) : last);
      bands += fmt::format("<rect class=\"band\" x=\"{:.0f}\" width=\"{:.0f}\" height=\"1000\"/>", from * 2000.0,
                           std::max((to - from) * 2000.0, 2.0));
      const double middle = std::clamp((from + to) / 2.0, 0.01, 0.99);
      constexpr double room = 0.03;  // a number beside another one goes below it
      const auto near = std::ranges::count_if(placed, [&](double x) { return std::abs(x - middle) < room; });
      placed.push_back(middle);
      numbers +=
          fmt::format("<i class=\"mark\" style=\"left:{:.2f}%;top:{}px\">{}</i>", middle * 100.0, 3 + 15 * near, i + 1);
    }
  }
};

Scale nav_scale(const RunView& run, const std::vector<double>& benchmark) {
  double low = run.summary.initial_cash, high = low;
  for (const BarRow& bar : run.result.bars) {
    low = std::min(low, bar.nav);
    high = std::max(high, bar.nav);
  }
  for (const double value : benchmark) {
    low = std::fmin(low, value);
    high = std::fmax(high, value);
  }
  return money_scale(low, high);
}

}  // namespace

std::string nav_part(Sheet& sheet) {
  const RunView& run = sheet.run;
  const std::vector<BarRow>& bars = run.result.bars;
  const TimeAxis axis{.rows = drawn_rows(bars), .last_row = bars.size() - 1};
  const std::vector<double> benchmark = benchmark_line(run);
  const Scale money = nav_scale(run, benchmark);
  const auto nav = drawn(axis, [&](std::size_t row) { return bars[row].nav; });
  const auto fall = drawn(axis, [&](std::size_t row) { return bars[row].drawdown; });
  const auto other =
      benchmark.empty() ? std::vector<double>{} : drawn(axis, [&](std::size_t row) { return benchmark[row]; });
  const ReturnRange range(axis, bars);
  const Scale fall_scale = linear_scale(std::min(run.summary.max_drawdown * 1.05, -0.005), 0.0, 3);
  const double widest = std::max({0.005, std::ranges::max(range.best), -std::ranges::min(range.worst)}) * 1.05;
  const Scale return_scale = linear_scale(-widest, widest, 3);
  const Marks marks(run, axis);

  std::vector<Reading> readings = {{"NAV", Unit::money, nav}};
  std::vector<Legend> legends = {{"a", "Portfolio"}};
  if (!other.empty()) {
    readings.push_back({sheet.benchmark_name, Unit::money, other});
    legends.push_back({"b", sheet.benchmark_name});
  }
  if (!marks.bands.empty()) legends.push_back({"band", "deepest drawdowns, numbered as in their table"});
  readings.push_back({"Drawdown", Unit::percent, fall});
  readings.push_back(
      {axis.rows.size() == bars.size() ? "Return of the bar" : "Largest return here", Unit::percent, range.extreme});
  const std::string lines = path_element("fill-nav", area_path(axis, money, nav, 1.05)) +
                            (other.empty() ? "" : path_element("line b", line_path(axis, money, other)));
  std::string plots = plot("nav", "Net asset value over time", marks.bands + grid(money) + lines,
                           y_labels(money, shown_compact) + marks.numbers);
  plots += plot("fall", "Drawdown over time",
                marks.bands + grid(fall_scale) + path_element("fill-fall", area_path(axis, fall_scale, fall, -0.05)),
                "<b class=\"within\">Drawdown</b>" + percent_labels(fall_scale));
  plots +=
      plot("fall", "Returns of single bars over time", grid(return_scale) + return_strokes(axis, return_scale, range),
           "<b class=\"within\">Returns of bars</b>" + percent_labels(return_scale));
  plots += sheet.date_labels;
  const std::size_t places = sheet.readings.add_axis(axis.rows, dates_of(run, axis), axis.last_row);
  return "<section class=\"main\">\n<h2>Net asset value" + std::string(money.logarithmic ? ", log scale" : "") +
         "</h2>\n" + chart("", legends, plots, sheet.readings.add_chart(places, readings)) + "</section>\n";
}

}  // namespace backtest
