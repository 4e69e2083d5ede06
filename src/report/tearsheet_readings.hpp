// The numbers that a reader of the tear sheet sees at the pointer, of all charts, as one JSON text. Charts over the
// same bars share an axis; numbers are rounded to what is shown.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/date.hpp"

namespace backtest {

enum class Unit { money, percent, basis_points, ratio, count };

struct Reading {
  std::string name;  // as written by people; it need not be escaped
  Unit unit = Unit::percent;
  std::vector<double> values;  // one per place of the axis; NaN is shown as n/a
};

class Readings {
 public:
  // Places at rows 0 .. last_row of a run, and their dates.
  std::size_t add_axis(const std::vector<std::size_t>& rows, const std::vector<Date>& dates, std::size_t last_row);
  // Places of equal width, side by side.
  std::size_t add_slots(const std::vector<std::string>& labels);

  // The number by which the chart's element names it.
  std::size_t add_chart(std::size_t axis, const std::vector<Reading>& readings);

  // Nothing in it can end the script element that it stands in.
  std::string json() const;

 private:
  std::string axes_, charts_;
  std::size_t axis_count_ = 0, chart_count_ = 0;
};

}  // namespace backtest
