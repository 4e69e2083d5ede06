#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/market/rolling_extreme.hpp"
#include "engine/market/rolling_sum.hpp"

namespace backtest {
namespace {

std::vector<double> random_prices() {
  const auto cents = *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 1'000'000));
  std::vector<double> prices;
  for (const int c : cents) prices.push_back(c / 100.0);
  return prices;
}

double naive_sum(const std::vector<double>& values, std::size_t window) {
  double sum = 0.0;
  for (std::size_t k = values.size() - window; k < values.size(); ++k) sum += values[k];
  return sum;
}

RC_GTEST_PROP(RollingSum, EqualsARescan, ()) {
  const auto window = static_cast<std::size_t>(*rc::gen::inRange(1, 12));
  RollingSum sums(window, 2);
  std::vector<double> seen;
  for (const double price : random_prices()) {
    if (*rc::gen::weightedElement<bool>({{9, false}, {1, true}})) {  // a split changes the unit of all before
      sums.rescale(1, 0.5);
      for (double& value : seen) value *= 0.5;
    }
    sums.push(1, price);
    seen.push_back(price);
    RC_ASSERT(sums.full(1) == (seen.size() >= window));
    if (!sums.full(1)) continue;
    const double expected = naive_sum(seen, window);
    RC_ASSERT(std::abs(sums.sum(1) - expected) <= 1e-13 * expected);
  }
  RC_ASSERT(!sums.full(0));
}

TEST(RollingSum, ForgetsALargeValueCompletely) {
  RollingSum sums(3, 1);
  for (const double value : {1e16, 1.0, 1.0, 1.0}) sums.push(0, value);
  EXPECT_EQ(sums.sum(0), 3.0);
}

TEST(RollingSum, StartsAgainAfterClear) {
  RollingSum sums(2, 1);
  for (const double value : {5.0, 6.0}) sums.push(0, value);
  sums.clear(0);
  EXPECT_FALSE(sums.full(0));
  for (const double value : {1.0, 2.0}) sums.push(0, value);
  EXPECT_EQ(sums.mean(0), 1.5);
}

RC_GTEST_PROP(RollingExtreme, EqualsARescan, ()) {
  const auto window = static_cast<std::size_t>(*rc::gen::inRange(1, 12));
  RollingExtreme highest(Extreme::highest, window, 2);
  RollingExtreme lowest(Extreme::lowest, window, 2);
  std::vector<double> seen;
  for (const double price : random_prices()) {
    highest.push(1, price);
    lowest.push(1, price);
    seen.push_back(price);
    RC_ASSERT(highest.full(1) == (seen.size() >= window));
    const auto begin = seen.end() - static_cast<std::ptrdiff_t>(std::min(window, seen.size()));
    RC_ASSERT(highest.value(1) == *std::max_element(begin, seen.end()));
    RC_ASSERT(lowest.value(1) == *std::min_element(begin, seen.end()));
  }
}

TEST(RollingExtreme, RescalesWhatItKeeps) {
  RollingExtreme highest(Extreme::highest, 3, 1);
  for (const double value : {100.0, 80.0, 90.0}) highest.push(0, value);
  highest.rescale(0, 0.5);
  EXPECT_EQ(highest.value(0), 50.0);
  highest.push(0, 44.0);
  EXPECT_EQ(highest.value(0), 45.0);
}

}  // namespace
}  // namespace backtest
