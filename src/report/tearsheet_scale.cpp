#include "report/tearsheet_scale.hpp"

#include <algorithm>
#include <cmath>

#include "base/real_math.hpp"

namespace backtest {

double Scale::depth(double value) const {
  const auto map = [&](double v) { return logarithmic ? real_log(v) : v; };
  return (map(high) - map(value)) / (map(high) - map(low));
}

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
  Scale scale{.low = low, .high = high, .ticks = {}};
  const double step = tick_step(high - low, count);
  for (double tick = std::ceil(low / step); tick * step <= high; ++tick) scale.ticks.push_back(tick * step);
  return scale;
}

Scale money_scale(double low, double high) {
  constexpr double logarithmic_from = 4.0;
  if (low <= 0.0 || high / low < logarithmic_from) {
    const double room = (high - low) * 0.04;
    return linear_scale(low - room, high + room, 5);
  }
  Scale scale{.low = low * 0.95, .high = high * 1.05, .logarithmic = true, .ticks = {}};
  double power = 1.0;
  while (power > low) power /= 10.0;
  while (power * 10.0 <= low) power *= 10.0;
  for (; power <= high; power *= 10.0) {
    for (const double factor : {1.0, 1.5, 2.0, 3.0, 5.0, 7.0}) {
      if (factor > 1.0 && high / low > 1e4) continue;
      if (factor != 1.0 && factor != 2.0 && factor != 5.0 && high / low > 10.0) continue;
      if (power * factor >= scale.low && power * factor <= scale.high) scale.ticks.push_back(power * factor);
    }
  }
  return scale;
}

}  // namespace backtest
