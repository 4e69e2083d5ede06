// How the tear sheet draws: shapes in an SVG of 2000 by 1000 that stretches with the page, and labels in HTML, which
// keep their size on a phone and in print.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "report/artifacts.hpp"
#include "report/tearsheet_readings.hpp"
#include "report/tearsheet_scale.hpp"

namespace backtest {

// Bars of a run that a chart draws, and where.
struct TimeAxis {
  std::vector<std::size_t> rows;
  std::size_t last_row = 0;

  double x(std::size_t row) const {  // 0 .. 1
    return last_row == 0 ? 0.5 : static_cast<double>(row) / static_cast<double>(last_row);
  }
};

// At most `most` rows, evenly spaced, the first and the last among them.
TimeAxis even_axis(const RunView& run, std::size_t most);
std::vector<Date> dates_of(const RunView& run, const TimeAxis& axis);

// A line through values[i] at axis.rows[i]; a missing one is passed over.
std::string line_path(const TimeAxis& axis, const Scale& scale, const std::vector<double>& values);
// The same, closed along a line at `base` (0 is the top, 1 the bottom); the edges at the sides are not visible, nor is
// a base beyond top and bottom.
std::string area_path(const TimeAxis& axis, const Scale& scale, const std::vector<double>& values, double base);

// Bars of `count` places side by side, each from `low` to `high`; within a place from `begin` to `end` (0 .. 1).
struct Bar {
  double low = 0.0, high = 0.0;
};
std::string bars_path(const std::vector<Bar>& bars, const Scale& scale, double begin, double end);

std::string path_element(std::string_view css_class, const std::string& path);
std::string grid(const Scale& scale);
std::string y_labels(const Scale& scale, const std::function<std::string(double)>& text);
// Labels of a scale of fractions, with as many decimals as its ticks, `step` apart, need.
int percent_decimals(double step);
std::string percent_labels(const Scale& scale);
std::string ratio_labels(const Scale& scale);

// Below the plots: first bars of years, months or weeks, whichever gives a handful.
std::string date_labels(const RunView& run);
// Below the plots: of places side by side, as many as there is room for; `share` is where in its place a label stands
// (0 .. 1).
std::string slot_labels(const std::vector<std::string>& labels, double share = 0.5);

std::string plot(std::string_view css_class, const std::string& label, const std::string& shapes,
                 const std::string& labels);

// One line of a legend: the class of its colour, and its name, which is escaped here.
struct Legend {
  std::string css_class, name;
};
// Plots above each other with a heading, their axis below, and what the pointer reads. `title` is HTML.
std::string chart(const std::string& title, const std::vector<Legend>& legends, const std::string& plots,
                  std::size_t readings);

}  // namespace backtest
