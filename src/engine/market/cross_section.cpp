#include "engine/market/cross_section.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace backtest {
namespace {

void order_ascending(std::span<const double> values, std::vector<std::size_t>& order) {
  order.resize(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] != values[b] ? values[a] < values[b] : a < b; });
}

}  // namespace

double mean_of(std::span<const double> values) {
  if (values.empty()) return 0.0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation_of(std::span<const double> values) {
  if (values.empty()) return 0.0;
  const double mean = mean_of(values);
  double squares = 0.0;
  for (const double value : values) squares += (mean - value) * (mean - value);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

void to_zscores(std::span<double> values) {
  const double mean = mean_of(values);
  const double deviation = standard_deviation_of(values);
  double largest = 0.0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  // The mean of equal values may be an ulp away from them: such a deviation is rounding.
  const bool flat = deviation <= 1e-15 * largest;
  for (double& value : values) value = flat ? 0.0 : (value - mean) / deviation;
}

void to_unit_range(std::span<double> values) {
  if (values.empty()) return;
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  const double low = *lowest;
  const double range = *highest - low;
  for (double& value : values) value = range > 0.0 ? (value - low) / range : 0.0;
}

void to_average_ranks(std::span<double> values, std::vector<std::size_t>& order) {
  order_ascending(values, order);
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    const double value = values[order[begin]];
    while (end < order.size() && values[order[end]] == value) ++end;
    const double rank = static_cast<double>(begin + 1 + end) / 2.0;
    for (; begin < end; ++begin) values[order[begin]] = rank;
  }
}

void to_rank_percentiles(std::span<double> values, std::vector<std::size_t>& order) {
  to_average_ranks(values, order);
  for (double& value : values) value /= static_cast<double>(values.size());
}

void to_dense_ranks(std::span<double> values, std::vector<std::size_t>& order) {
  order_ascending(values, order);
  double rank = 0.0;
  for (std::size_t begin = 0; begin < order.size();) {
    const double value = values[order[begin]];
    rank += 1.0;
    for (; begin < order.size() && values[order[begin]] == value; ++begin) values[order[begin]] = rank;
  }
}

double quantile_of(std::span<const double> ascending, double q) {
  const double position = (q * 100.0) / 100.0 * static_cast<double>(ascending.size() - 1);
  const auto low = static_cast<std::size_t>(std::floor(position));
  const std::size_t high = std::min(low + 1, ascending.size() - 1);
  const double part = position - static_cast<double>(low);
  const double step = ascending[high] - ascending[low];
  return part < 0.5 ? ascending[low] + step * part : ascending[high] - step * (1.0 - part);
}

}  // namespace backtest
