// Comparisons of prices with averages and levels (W-17): numbers within 1e-12 of each other are equal, so that the
// rounding of a mean of flat prices decides nothing.
#pragma once

#include <algorithm>
#include <cmath>

namespace backtest {

inline bool same_price(double a, double b) {
  return std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}
inline bool price_below(double a, double b) {
  return a < b && !same_price(a, b);
}
inline bool price_above(double a, double b) {
  return a > b && !same_price(a, b);
}
inline bool price_at_or_below(double a, double b) {
  return a <= b || same_price(a, b);
}
inline bool price_at_or_above(double a, double b) {
  return a >= b || same_price(a, b);
}

}  // namespace backtest
