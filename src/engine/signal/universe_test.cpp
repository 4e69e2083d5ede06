#include "engine/signal/universe.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "base/diagnostic.hpp"
#include "engine/text_market_for_tests.hpp"

namespace backtest {
namespace {

// Names of the eligible instruments at the last bar, asked at every bar or only there.
std::string eligible(const MarketData& market, const UniversePolicy& policy, bool every_bar = true) {
  Universe universe(policy, market.prices, nullptr);
  std::string names;
  for (std::size_t bar = 0; bar < market.prices.bar_count(); ++bar) {
    if (!every_bar && bar + 1 < market.prices.bar_count()) continue;
    names.clear();
    for (const InstrumentIndex i : universe.at(MarketView(market.prices, nullptr, bar)))
      names += market.prices.instruments[i];
  }
  return names;
}

struct Case {
  const char* rule;
  const char* market;
  std::vector<UniverseFilter> filters;
  std::string eligible;
};

const std::vector<Case> cases = {
    {"CS-5 prices: a row today, whatever its cells", "1 10 10 10\n2 10 - ./.\n", {}, "AC"},
    {"CS-5 whitelist", "1 10 10 10\n", {WhitelistFilter{{"C", "A", "X"}}}, "AC"},
    {"CS-5 blacklist", "1 10 10 10\n", {BlacklistFilter{{"C", "A"}}}, "B"},
    {"CS-5 min_price: at least, today, and present", "1 9 10 10\n2 9 10 12/.\n", {MinPriceFilter{"Close", 10}}, "B"},
    {"CS-5 min_adv: as many volumes as the lookback",
     "1 10,v90 10 10,v100\n2 10,v110 10,v100 10\n3 10,v99 10,v100 10,v100\n",
     {MinAdvFilter{.lookback = 2, .value = 100}},
     "ABC"},
    {"CS-5 min_adv below", "1 10,v100 10,v100\n2 10,v99 10,v100\n", {MinAdvFilter{.lookback = 2, .value = 100}}, "B"},
    {"CS-5 a lookback of 0 skips the filter", "1 10 10\n", {MinAdvFilter{.lookback = 0, .value = 1e9}}, "AB"},
    {"CS-14 dollar volume as traded, which a split does not change",
     "1 100,v10 100,v10\n2 50,v20,x2 100,v9\n",
     {MinDollarVolumeFilter{.lookback = 2, .value = 1000}},
     "A"},
    {"W-23 no_missing_prices looks at the last bars only",
     "1 - 10 10\n2 10 10 10\n3 10 - 10\n4 10 10 10/.\n",
     {NoMissingPricesFilter{.window = 3}},
     "A"},
    {"CS-5 a window of 1 is skipped", "1 10/. 10\n", {NoMissingPricesFilter{.window = 1}}, "AB"},
    {"CS-5 max_volatility: A moves by 10 % and back, B by 1 %",
     "1 100 100\n2 110 101\n3 99 99.99\n",
     {MaxVolatilityFilter{.lookback = 2, .value = 0.05}},
     "B"},
    {"CS-5 max_volatility needs the lookback",
     "1 - 100\n2 100 100\n3 100 100\n",
     {MaxVolatilityFilter{.lookback = 2, .value = 1}},
     "B"},
    {"W-37 a split is no volatility",
     "1 100 100\n2 50,x2 50\n3 50 50\n",
     {MaxVolatilityFilter{.lookback = 2, .value = 0.01}},
     "A"},
    {"CS-5 filters in order", "1 9 10 11\n", {MinPriceFilter{"close", 10}, BlacklistFilter{{"B"}}}, "C"},
    {"W-39 exchange_in has no effect", "1 10\n", {ExchangeInFilter{}}, "A"},
};

TEST(Universe, Cases) {
  for (const Case& c : cases) {
    const MarketData market = text_market(c.market);
    const UniversePolicy policy{.source = UniverseSource::prices, .require_columns = {}, .filters = c.filters};
    EXPECT_EQ(eligible(market, policy), c.eligible) << c.rule;
    EXPECT_EQ(eligible(market, policy, false), c.eligible) << c.rule << ", asked once";
  }
}

TEST(Universe, SourcesNeedARowTodayOrOnceOrASignal) {
  MarketData market = text_market("1 10 10 - 10\n2 10 - 10 -\n");
  const std::vector<std::uint8_t> signal_rows = {0, 0, 0, 0, 0, 1, 1, 0};
  SignalPanel signals;
  signals.has_row = signal_rows;
  const auto names = [&](UniverseSource source) {
    const UniversePolicy policy{.source = source, .require_columns = {}, .filters = {}};
    Universe universe(policy, market.prices, &signals);
    std::string text;
    for (const InstrumentIndex i : universe.at(MarketView(market.prices, &signals, 1)))
      text += market.prices.instruments[i];
    return text;
  };
  EXPECT_EQ(names(UniverseSource::prices), "AC");
  EXPECT_EQ(names(UniverseSource::signals), "BC");
  EXPECT_EQ(names(UniverseSource::intersection), "C");
  EXPECT_EQ(names(UniverseSource::listed), "ABCD");
}

TEST(Universe, AColumnThatDoesNotExistIsRefusedByName) {
  const MarketData market = text_market("1 10\n");
  const UniversePolicy policy{.source = UniverseSource::prices,
                              .require_columns = {},
                              .filters = {MinPriceFilter{.column = "vwap", .value = 1}}};
  try {
    Universe universe(policy, market.prices, nullptr);
    FAIL();
  } catch (const InvalidInput& error) {
    EXPECT_NE(std::string(error.what()).find("vwap"), std::string::npos);
  }
}

// The naive volatility of an instrument's last `lookback` close changes, adjusted for splits.
double naive_volatility(const Panel& prices, std::size_t lookback, std::size_t bar) {
  std::vector<double> changes;
  double before = missing;
  for (std::size_t b = 0; b <= bar; ++b) {
    if (!std::isnan(prices.split[b])) before /= prices.split[b];
    if (std::isnan(prices.close[b])) continue;
    if (!std::isnan(before)) changes.push_back(prices.close[b] / before - 1.0);
    before = prices.close[b];
  }
  if (changes.size() < lookback) return missing;
  double mean = 0.0, squares = 0.0;
  for (std::size_t k = changes.size() - lookback; k < changes.size(); ++k) mean += changes[k];
  mean /= static_cast<double>(lookback);
  for (std::size_t k = changes.size() - lookback; k < changes.size(); ++k)
    squares += (changes[k] - mean) * (changes[k] - mean);
  return std::sqrt(squares / static_cast<double>(lookback));
}

RC_GTEST_PROP(Universe, VolatilityEqualsARescan, ()) {
  std::string text;
  const int bars = *rc::gen::inRange(3, 30);
  for (int bar = 0; bar < bars; ++bar) {
    text += std::to_string(bar + 1) + " " + std::to_string(*rc::gen::inRange(50, 200));
    if (*rc::gen::weightedElement<bool>({{8, false}, {1, true}})) text += "/.";
    if (*rc::gen::weightedElement<bool>({{8, false}, {1, true}})) text += ",x2";
    text += "\n";
  }
  const MarketData market = text_market(text);
  const auto lookback = static_cast<std::size_t>(*rc::gen::inRange(1, 6));
  for (std::size_t bar = 0; bar < market.prices.bar_count(); ++bar) {
    const double expected = naive_volatility(market.prices, lookback, bar);
    if (std::isnan(expected) || expected < 1e-6) continue;
    for (const double ceiling : {expected * (1 - 1e-7), expected * (1 + 1e-7)}) {
      const UniversePolicy policy{
          .source = UniverseSource::prices,
          .require_columns = {},
          .filters = {MaxVolatilityFilter{.lookback = static_cast<int>(lookback), .value = ceiling}}};
      Universe universe(policy, market.prices, nullptr);
      RC_ASSERT(universe.at(MarketView(market.prices, nullptr, bar)).empty() == (ceiling < expected));
    }
  }
}

}  // namespace
}  // namespace backtest
