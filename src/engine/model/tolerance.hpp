// The smallest quantities that count (NUM-7, W-14).
#pragma once

namespace backtest {

inline constexpr double epsilon = 1e-12;               // EPS: shares or weights below it are zero
inline constexpr double smallest_order_of_nav = 1e-9;  // smaller orders are dust and are not sent

}  // namespace backtest
