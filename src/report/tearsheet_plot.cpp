#include "report/tearsheet_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "report/html.hpp"

namespace backtest {

namespace {

constexpr double width = 2000.0, height = 1000.0;
constexpr double outside = 40.0;  // beyond the visible edge

int grid_y(const Scale& scale, double value) {
  // Far outside of the scale is as invisible as just outside of it.
  return static_cast<int>(std::round(std::clamp(scale.depth(value), -2.0, 3.0) * height));
}

int grid_x(const TimeAxis& axis, std::size_t row) {
  return static_cast<int>(std::round(axis.x(row) * width));
}

// Relative steps between points on a whole grid: short, and no rounding adds up.
class Path {
 public:
  void to(int x, int y) {
    if (text_.empty()) {
      fmt::format_to(std::back_inserter(text_), "M{} {}l", x, y);
    } else {
      const int right = x - x_, down = y - y_;
      fmt::format_to(std::back_inserter(text_), "{}{}{}{}", right < 0 || text_.back() == 'l' ? "" : " ", right,
                     down < 0 ? "" : " ", down);
    }
    x_ = x;
    y_ = y;
  }
  bool empty() const { return text_.empty(); }
  std::string text() {
    if (!text_.empty() && text_.back() == 'l') text_ += "0 0";  // a single point
    return text_;
  }

 private:
  std::string text_;
  int x_ = 0, y_ = 0;
};

}  // namespace

TimeAxis even_axis(const RunView& run, std::size_t most) {
  const std::size_t last = run.result.bars.size() - 1;
  TimeAxis axis{.rows = {}, .last_row = last};
  if (last < most) {
    for (std::size_t row = 0; row <= last; ++row) axis.rows.push_back(row);
    return axis;
  }
  for (std::size_t i = 0; i < most; ++i) axis.rows.push_back(i * last / (most - 1));
  return axis;
}

std::vector<Date> dates_of(const RunView& run, const TimeAxis& axis) {
  std::vector<Date> dates;
  for (const std::size_t row : axis.rows) dates.push_back(run.date_of_row(row));
  return dates;
}

std::string line_path(const TimeAxis& axis, const Scale& scale, const std::vector<double>& values) {
  Path path;
  for (std::size_t i = 0; i < axis.rows.size(); ++i) {
    if (!std::isnan(values[i])) path.to(grid_x(axis, axis.rows[i]), grid_y(scale, values[i]));
  }
  return path.text();
}

std::string area_path(const TimeAxis& axis, const Scale& scale, const std::vector<double>& values, double base) {
  Path path;
  int first_y = 0, last_y = 0;
  for (std::size_t i = 0; i < axis.rows.size(); ++i) {
    if (std::isnan(values[i])) continue;
    last_y = grid_y(scale, values[i]);
    if (path.empty()) path.to(-static_cast<int>(outside), first_y = last_y);
    path.to(grid_x(axis, axis.rows[i]), last_y);
  }
  if (path.empty()) return "";
  return fmt::format("{}H{}V{:.0f}H{}Z", path.text(), width + outside, base * height, -outside);
}

std::string bars_path(const std::vector<Bar>& bars, const Scale& scale, double begin, double end) {
  std::string path;
  const double place = width / static_cast<double>(bars.size());
  for (std::size_t i = 0; i < bars.size(); ++i) {
    if (std::isnan(bars[i].low) || std::isnan(bars[i].high) || bars[i].low == bars[i].high) continue;
    const double left = (static_cast<double>(i) + begin) * place;
    fmt::format_to(std::back_inserter(path), "M{:.0f} {}h{:.0f}V{}h{:.0f}z", left, grid_y(scale, bars[i].high),
                   (end - begin) * place, grid_y(scale, bars[i].low), (begin - end) * place);
  }
  return path;
}

std::string path_element(std::string_view css_class, const std::string& path) {
  return path.empty() ? "" : fmt::format("<path class=\"{}\" d=\"{}\"/>", css_class, path);
}

std::string grid(const Scale& scale) {
  std::string path;
  for (const double tick : scale.ticks) path += fmt::format("M0 {}H2000", grid_y(scale, tick));
  return path_element("grid", path);
}

std::string y_labels(const Scale& scale, const std::function<std::string(double)>& text) {
  std::string out;
  for (const double tick : scale.ticks) {
    out += fmt::format("<i class=\"y\" style=\"top:{:.2f}%\">{}</i>", scale.depth(tick) * 100.0, text(tick));
  }
  return out;
}

int percent_decimals(double step) {
  int decimals = 0;
  for (; decimals < 6 && step < 0.0099; step *= 10.0) ++decimals;
  return decimals;
}

std::string percent_labels(const Scale& scale) {
  const double step = scale.ticks.size() < 2 ? 0.0 : scale.ticks[1] - scale.ticks[0];
  return y_labels(scale, [&](double value) { return shown_percent(value, percent_decimals(step)); });
}

std::string ratio_labels(const Scale& scale) {
  return y_labels(scale, shown_compact);
}

std::string date_labels(const RunView& run) {
  constexpr std::size_t most_labels = 10;
  const std::size_t count = run.result.bars.size();
  const TimeAxis axis{.rows = {}, .last_row = count - 1};
  const std::int32_t days = run.date_of_row(count - 1).days - run.date_of_row(0).days;
  const auto part_of = [&](const CalendarFields& day) {
    return days > 900 ? day.year : days > 60 ? day.year * 12 + day.month : day.iso_week_year * 53 + day.iso_week;
  };
  std::vector<std::size_t> starts;
  int before = part_of(calendar_fields(run.date_of_row(0)));
  for (std::size_t row = 1; row < count; ++row) {
    const int part = part_of(calendar_fields(run.date_of_row(row)));
    if (part != before) starts.push_back(row);
    before = part;
  }
  std::string out = "<div class=\"axis\">";
  const std::size_t every = starts.size() / (most_labels + 1) + 1;
  const double widest = days > 900 ? 0.95 : days > 60 ? 0.92 : 0.88;
  for (std::size_t i = 0; i < starts.size(); i += every) {
    const double x = axis.x(starts[i]);
    if (x > widest) continue;
    const std::string date = to_text(run.date_of_row(starts[i]));
    const std::size_t length = days > 900 ? 4 : days > 60 ? 7 : 10;
    out += fmt::format("<i class=\"x\" style=\"left:{:.2f}%\">{}</i>", x * 100.0, date.substr(0, length));
  }
  return out + "</div>\n";
}

std::string slot_labels(const std::vector<std::string>& labels, double share) {
  std::size_t longest = 1;
  for (const std::string& label : labels) longest = std::max(longest, label.size());
  const std::size_t most_labels = std::max<std::size_t>(36 / (longest + 1), 1);
  const std::size_t every = (labels.size() + most_labels - 1) / most_labels;
  std::string out = "<div class=\"axis\">";
  for (std::size_t i = 0; i < labels.size(); i += every) {
    const double x = (static_cast<double>(i) + share) / static_cast<double>(labels.size());
    // Long ones stand to the right of their tick, so that the first one stays inside.
    if (longest > 5 && x > 0.85) continue;
    out += fmt::format("<i class=\"{}\" style=\"left:{:.2f}%\">{}</i>", longest > 5 ? "x" : "x slot", x * 100.0,
                       escaped(labels[i]));
  }
  return out + "</div>\n";
}

std::string plot(std::string_view css_class, const std::string& label, const std::string& shapes,
                 const std::string& labels) {
  return fmt::format(
      "<div class=\"plot {}\"><svg viewBox=\"0 0 2000 1000\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"{}\">{}</svg>{}</div>\n",
      css_class, label, shapes, labels);
}

std::string chart(const std::string& title, const std::vector<Legend>& legends, const std::string& plots,
                  std::size_t readings) {
  std::string out = "<div class=\"chart\">\n<h3>" + title;
  if (!legends.empty()) {
    out += " <span class=\"legends\">";
    for (const Legend& legend : legends) {
      out += "<span class=\"legend " + legend.css_class + "\">" + escaped(legend.name) + "</span> ";
    }
    out += "</span>";
  }
  return out + fmt::format("</h3>\n<div class=\"plots\" data-chart=\"{}\">\n{}</div>\n</div>\n", readings, plots);
}

}  // namespace backtest
