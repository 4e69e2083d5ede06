// NAV (with the benchmark, from the same start) above its drawdown. The SVG stretches with the page; labels are HTML,
// so that they keep their size on a phone.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <functional>

#include "base/real_math.hpp"
#include "report/html.hpp"
#include "report/tearsheet_parts.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_points = 1200;

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

struct Scale {
  double low = 0.0, high = 1.0;
  bool logarithmic = false;
  std::vector<double> ticks;

  double map(double value) const { return logarithmic ? real_log(value) : value; }
  // 0 at the top, 1 at the bottom.
  double depth(double value) const { return (map(high) - map(value)) / (map(high) - map(low)); }
};

// 1, 2 or 5 times a power of ten, near `span` over `count`.
double tick_step(double span, int count) {
  const double rough = 0.8 * span / count;
  double power = 1.0;
  while (power > rough) power /= 10.0;
  while (power * 10.0 <= rough) power *= 10.0;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (power * factor >= rough) return power * factor;
  }
  return power * 10.0;
}

Scale linear_scale(double low, double high, int count) {
  if (high - low <= 1e-9 * std::max(std::abs(low), std::abs(high))) {
    const double room = std::max(std::abs(high) * 0.01, 1e-9);
    low -= room;
    high += room;
  }
  Scale scale{.low = low, .high = high};
  const double step = tick_step(high - low, count);
  for (double tick = std::ceil(low / step); tick * step <= high; ++tick) scale.ticks.push_back(tick * step);
  return scale;
}

Scale money_scale(double low, double high) {
  constexpr double logarithmic_from = 8.0;
  if (low <= 0.0 || high / low < logarithmic_from) {
    const double room = (high - low) * 0.04;
    return linear_scale(low - room, high + room, 5);
  }
  Scale scale{.low = low * 0.95, .high = high * 1.05, .logarithmic = true};
  double power = 1.0;
  while (power > low) power /= 10.0;
  while (power * 10.0 <= low) power *= 10.0;
  for (; power <= high; power *= 10.0) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1.0 && high / low > 1e4) continue;
      if (power * factor >= scale.low && power * factor <= scale.high) scale.ticks.push_back(power * factor);
    }
  }
  return scale;
}

struct Chart {
  std::vector<std::size_t> rows;
  std::size_t last_row = 0;
  double x(std::size_t row) const {
    return last_row == 0 ? 0.5 : static_cast<double>(row) / static_cast<double>(last_row);
  }
};

// Points in a square of 1000; a missing value is passed over.
std::string points(const Chart& chart, const Scale& scale, const std::function<double(std::size_t)>& value) {
  std::string path;
  for (const std::size_t row : chart.rows) {
    const double y = value(row);
    if (std::isnan(y)) continue;
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? 'M' : 'L', chart.x(row) * 1000.0, scale.depth(y) * 1000.0);
  }
  return path;
}

std::string path_element(std::string_view css_class, const std::string& path) {
  return path.empty() ? "" : fmt::format("<path class=\"{}\" d=\"{}\"/>", css_class, path);
}

std::string grid(const Scale& scale) {
  std::string out;
  for (const double tick : scale.ticks) {
    out += fmt::format("<line class=\"grid\" x1=\"0\" x2=\"1000\" y1=\"{0:.1f}\" y2=\"{0:.1f}\"/>",
                       scale.depth(tick) * 1000.0);
  }
  return out;
}

std::string y_labels(const Scale& scale, const std::function<std::string(double)>& text) {
  std::string out;
  for (const double tick : scale.ticks) {
    out += fmt::format("<i class=\"y\" style=\"top:{:.2f}%\">{}</i>", scale.depth(tick) * 100.0, text(tick));
  }
  return out;
}

std::string plot(std::string_view css_class, const std::string& label, const std::string& shapes,
                 const std::string& labels) {
  return fmt::format(
      "<div class=\"plot {}\"><svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"{}\">{}</svg>{}</div>\n",
      css_class, label, shapes, labels);
}

// First bars of years, months or weeks, whichever gives a handful.
std::string x_labels(const RunView& run, const Chart& chart) {
  constexpr std::size_t most_labels = 10;
  const std::size_t count = run.result.bars.size();
  const std::int32_t days = run.date_of_row(count - 1).days - run.date_of_row(0).days;
  const auto part_of = [&](const CalendarFields& day) {
    return days > 900 ? day.year : days > 60 ? day.year * 12 + day.month : day.iso_week_year * 53 + day.iso_week;
  };
  std::vector<std::size_t> starts;
  for (std::size_t row = 1; row < count; ++row) {
    const CalendarFields before = calendar_fields(run.date_of_row(row - 1)),
                         day = calendar_fields(run.date_of_row(row));
    if (part_of(before) != part_of(day)) starts.push_back(row);
  }
  std::string out = "<div class=\"axis\">";
  const std::size_t every = starts.size() / (most_labels + 1) + 1;
  for (std::size_t i = 0; i < starts.size(); i += every) {
    const double x = chart.x(starts[i]);
    if (x > 0.93) continue;
    const std::string date = to_text(run.date_of_row(starts[i]));
    const std::size_t length = days > 900 ? 4 : days > 60 ? 7 : 10;
    out += fmt::format("<i class=\"x\" style=\"left:{:.2f}%\">{}</i>", x * 100.0, date.substr(0, length));
  }
  return out + "</div>\n";
}

// The benchmark as if the portfolio's NAV at its first close had bought it: from there on both are compared.
std::vector<double> benchmark_values(const RunView& run) {
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

double rounded(double value, double unit) {
  return std::round(value / unit) * unit;
}

// What the crosshair reads. Numbers and dates only: nothing in it can end the script element.
std::string series_json(const RunView& run, const Chart& chart, const std::vector<double>& benchmark) {
  json::array x, date, nav, drawdown, other;
  for (const std::size_t row : chart.rows) {
    const BarRow& bar = run.result.bars[row];
    x.emplace_back(rounded(chart.x(row), 1e-5));
    date.emplace_back(to_text(run.date_of_row(row)));
    nav.emplace_back(rounded(bar.nav, 0.01));
    drawdown.emplace_back(rounded(bar.drawdown, 1e-6));
    if (!benchmark.empty()) other.emplace_back(rounded(benchmark[row], 0.01));
  }
  json::object series;
  series["x"] = std::move(x);
  series["date"] = std::move(date);
  series["nav"] = std::move(nav);
  series["drawdown"] = std::move(drawdown);
  if (!benchmark.empty()) series["benchmark"] = std::move(other);
  return json_text(series);
}

}  // namespace

std::string chart_part(const RunView& run) {
  const std::vector<BarRow>& bars = run.result.bars;
  const Chart chart{.rows = drawn_rows(bars), .last_row = bars.size() - 1};
  const std::vector<double> benchmark = benchmark_values(run);

  double low = run.summary.initial_cash, high = low;
  for (const BarRow& bar : bars) {
    low = std::min(low, bar.nav);
    high = std::max(high, bar.nav);
  }
  for (const double value : benchmark) {
    low = std::fmin(low, value);
    high = std::fmax(high, value);
  }
  const Scale money = money_scale(low, high);
  const Scale fall = linear_scale(std::min(run.summary.max_drawdown * 1.05, -0.005), 0.0, 3);

  const std::string nav = points(chart, money, [&](std::size_t row) { return bars[row].nav; });
  const std::string drawdown = points(chart, fall, [&](std::size_t row) { return bars[row].drawdown; });
  const std::string other =
      benchmark.empty() ? "" : points(chart, money, [&](std::size_t row) { return benchmark[row]; });

  const int decimals = fall.ticks.size() < 2 || fall.ticks[1] - fall.ticks[0] < 0.0099 ? 1 : 0;

  std::string out = "<section class=\"chart\">\n<h2>Net asset value";
  out += money.logarithmic ? ", log scale" : "";
  out += benchmark.empty()
             ? "</h2>\n"
             : "<span class=\"legend\">portfolio</span><span class=\"legend bench\">benchmark</span></h2>\n";
  out += "<div class=\"plots\">\n";
  out += plot("nav", "Net asset value over time",
              grid(money) + path_element("fill-nav", nav + "L1000 1000L0 1000Z") + path_element("line-bench", other) +
                  path_element("line-nav", nav),
              y_labels(money, shown_compact));
  out += plot("fall", "Drawdown over time",
              grid(fall) + path_element("fill-fall", drawdown + "L1000 0L0 0Z") + path_element("line-fall", drawdown),
              y_labels(fall, [&](double value) { return shown_percent(value, decimals); }));
  out += x_labels(run, chart);
  out += "<div class=\"cross\"></div><div class=\"tip\"></div>\n</div>\n";
  out += "<script type=\"application/json\" id=\"series\">" + series_json(run, chart, benchmark) + "</script>\n";
  return out + "</section>\n";
}

}  // namespace backtest
