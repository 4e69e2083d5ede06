#include "engine/market/moving_average.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "engine/text_market_for_tests.hpp"

namespace backtest {
namespace {

std::optional<double> naive_average(const Panel& prices, std::size_t days, std::size_t bar) {
  double sum = 0.0;
  double splits = 1.0;
  std::size_t found = 0;
  for (std::size_t b = bar + 1; b-- > 0;) {
    if (!std::isnan(prices.close[b])) {
      sum += prices.close[b] / splits;
      if (++found == days) return sum / static_cast<double>(days);
    }
    if (!std::isnan(prices.split[b])) splits *= prices.split[b];
  }
  return std::nullopt;
}

// Asked at some bars only, as when positions come and go.
RC_GTEST_PROP(MovingAverage, EqualsARescan, ()) {
  std::string text;
  const int bars = *rc::gen::inRange(1, 40);
  for (int bar = 0; bar < bars; ++bar) {
    text += std::to_string(bar + 1) + " " + std::to_string(*rc::gen::inRange(50, 200));
    if (*rc::gen::weightedElement<bool>({{5, false}, {1, true}})) text += "/.";
    if (*rc::gen::weightedElement<bool>({{5, false}, {1, true}})) text += ",x3";
    text += "\n";
  }
  const MarketData market = text_market(text);
  const int days = *rc::gen::inRange(1, 7);
  MovingAverage average(days, PriceColumn::require(market.prices, "close"), 1);
  for (std::size_t bar = 0; bar < market.prices.bar_count(); ++bar) {
    if (*rc::gen::weightedElement<bool>({{2, false}, {1, true}})) continue;
    const auto expected = naive_average(market.prices, static_cast<std::size_t>(days), bar);
    const auto actual = average.at(MarketView(market.prices, nullptr, bar), 0);
    RC_ASSERT(actual.has_value() == expected.has_value());
    if (expected) RC_ASSERT(std::abs(*actual - *expected) <= 1e-13 * *expected);
  }
}

}  // namespace
}  // namespace backtest
