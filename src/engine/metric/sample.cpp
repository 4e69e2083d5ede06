#include "engine/metric/sample.hpp"

#include <algorithm>
#include <cmath>

namespace backtest {

Moments moments_of(std::span<const double> sample) {
  Moments moments;
  if (sample.empty()) return moments;
  const auto count = static_cast<double>(sample.size());
  double sum = 0.0;
  bool constant = true;
  for (const double value : sample) {
    sum += value;
    moments.largest = std::max(moments.largest, std::abs(value));
    constant &= value == sample.front();
  }
  moments.mean = sum / count;
  if (constant) return moments;
  double squares = 0.0;
  for (const double value : sample) squares += (moments.mean - value) * (moments.mean - value);
  moments.deviation = std::sqrt(squares / count);
  return moments;
}

double annualized(double deviation) {
  return deviation * std::sqrt(bars_per_year);
}

OptionalNumber sharpe_ratio(const Moments& moments) {
  if (!moments.varies()) return std::nullopt;
  return finite(moments.mean / moments.deviation * std::sqrt(bars_per_year));
}

OptionalNumber finite(double value) {
  return std::isfinite(value) ? OptionalNumber(value) : std::nullopt;
}

}  // namespace backtest
