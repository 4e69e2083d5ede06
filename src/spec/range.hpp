// The numbers that a key takes. NaN lies in no range.
#pragma once

#include <limits>
#include <string>

namespace backtest {

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_is_open = false;
  bool high_is_open = false;

  bool holds(double v) const { return (low_is_open ? v > low : v >= low) && (high_is_open ? v < high : v <= high); }
  std::string text() const;  // "> 0", "(0, 1]"; empty when everything is allowed
};

inline Range at_least(double low) {
  return {.low = low};
}
inline Range above(double low) {
  return {.low = low, .low_is_open = true};
}
inline Range between(double low, double high) {
  return {.low = low, .high = high};
}
inline Range from_below(double low, double high) {
  return {.low = low, .high = high, .high_is_open = true};
}
inline Range inside(double low, double high) {
  return {.low = low, .high = high, .low_is_open = true, .high_is_open = true};
}
inline Range above_to(double low, double high) {
  return {.low = low, .high = high, .low_is_open = true};
}

}  // namespace backtest
