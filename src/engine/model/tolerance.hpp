// The smallest quantities that count (NUM-7, W-14).
#pragma once

#include <algorithm>
#include <cmath>

namespace backtest {

inline constexpr double epsilon = 1e-12;               // EPS: shares or weights below it are zero
inline constexpr double smallest_order_of_nav = 1e-9;  // smaller orders are dust and are not sent

// Rounding is never a loss: a loss, a profit or a drawdown is none where it is at most this share of the larger one of
// the numbers that it is the difference of. Returns are differences from 1, so their deviation has the same bound.
inline constexpr double rounding_share = 1e-12;

inline bool is_rounding(double difference, double larger) {
  return std::abs(difference) <= rounding_share * std::abs(larger);
}

// value / base - 1, exactly 0 where only rounding lies between the two. `base` is not 0.
inline double relative_change(double value, double base) {
  if (is_rounding(value - base, std::max(std::abs(value), std::abs(base)))) return 0.0;
  return value / base - 1.0;
}

}  // namespace backtest
