// The vertical scale of a chart and its ticks.
#pragma once

#include <vector>

namespace backtest {

struct Scale {
  double low = 0.0, high = 1.0;
  bool logarithmic = false;
  std::vector<double> ticks;

  // 0 at the top, 1 at the bottom.
  double depth(double value) const;
};

// 1, 2 or 5 times a power of ten, near `span` over `count`.
double tick_step(double span, int count);

// About `count` ticks; where low and high are nearly equal, with room around them.
Scale linear_scale(double low, double high, int count);

// Logarithmic where the highest value is at least four times the lowest, and that is above 0.
Scale money_scale(double low, double high);

}  // namespace backtest
