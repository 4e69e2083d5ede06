#include "engine/target/sizer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <string>

#include "engine/target/text_candidates_for_tests.hpp"
#include "engine/text_market_for_tests.hpp"

namespace backtest {
namespace {

std::string text_of(const std::vector<InstrumentWeight>& weights) {
  std::ostringstream text;
  for (const InstrumentWeight& w : weights) {
    if (text.tellp() > 0) text << ' ';
    text << static_cast<char>('A' + w.instrument) << '=' << std::round(w.weight * 1e6) / 1e6;
  }
  return text.str();
}

std::string sized(const SizerPolicy& policy, const MarketData& market, const std::string& book,
                  const std::vector<HeldPosition>& held = {}) {
  const auto sizer = make_sizer(policy, market.prices);
  const WantedBook wanted = book_of(book);
  std::vector<InstrumentWeight> weights;
  const MarketView view(market.prices, nullptr, market.prices.bar_count() - 1);
  const PortfolioView portfolio{.cash = 0.0, .nav = 1.0, .held = held};
  if (sizer->size({.market = view, .book = wanted, .portfolio = portfolio}, weights) == Sizing::skipped)
    return "skipped";
  return text_of(weights);
}

struct Case {
  const char* rule;
  SizerPolicy sizer;
  const char* book;
  const char* weights;
};

constexpr LongShortScoreSizerPolicy neutral{.max_longs = 2, .max_shorts = 2};
constexpr LongShortScoreSizerPolicy by_score{.gross_target = 1.2, .net_target = 0.4, .weight_mode = WeightMode::score};
constexpr LongShortScoreSizerPolicy squared{
    .gross_target = 1.0, .net_target = 1.0, .weight_mode = WeightMode::score, .score_power = 2.0};

const std::vector<Case> cases = {
    {"SZ-1 longs only", EqualWeightSizerPolicy{}, "+A +B -C", "A=0.5 B=0.5"},
    {"W-38 the highest scores, ties by instrument", EqualWeightSizerPolicy{2}, "+A=1 +B=3 +C=1", "A=0.5 B=0.5"},
    {"SZ-1 a score of 0 asks for nothing", EqualWeightSizerPolicy{}, "+A=0 +B=1", "B=1"},
    {"W-27 unless it is relative", EqualWeightSizerPolicy{}, "+A=~0 +B=~-1 +C=~1", "A=0.333333 B=0.333333 C=0.333333"},
    {"SZ-1 nothing to hold", EqualWeightSizerPolicy{}, "", ""},
    {"SZ-2 a budget for each side", neutral, "+A +B -C", "A=0.25 B=0.25 C=-0.5"},
    {"SZ-2 a side without candidates leaves its budget", neutral, "+A", "A=0.5"},
    {"SZ-2 the strongest of each side", neutral, "+A=1 +B=2 +C=3 -D=1 -E=5 -F=2", "B=0.25 C=0.25 E=-0.25 F=-0.25"},
    {"SZ-2 by score", by_score, "+A=1 +B=3 -C=2", "A=0.2 B=0.6 C=-0.4"},
    {"SZ-2 score_power", squared, "+A=1 +B=3", "A=0.1 B=0.9"},
    {"SZ-2 min_abs_score", LongShortScoreSizerPolicy{.net_target = 1.0, .min_abs_score = 2.0}, "+A=1 +B=2", "B=1"},
    {"SZ-2 no places on a side", LongShortScoreSizerPolicy{.max_longs = 0, .net_target = -1.0}, "+A -B", "B=-1"},
    {"W-27 scores that are all 0 within a side share alike", squared, "+A=~0 +B=~0", "A=0.5 B=0.5"},
    {"fixed weights, of what is wanted only", FixedWeightSizerPolicy{{{"A", 0.6}, {"B", 0.4}, {"X", 1.0}}}, "+A +C",
     "A=0.6"},
    {"a fixed weight keeps its sign", FixedWeightSizerPolicy{{{"A", -0.6}}}, "+A", "A=-0.6"},
};

TEST(Sizer, ByScore) {
  const MarketData market = text_market("1 10 10 10 10 10 10\n");
  for (const Case& c : cases) EXPECT_EQ(sized(c.sizer, market, c.book), c.weights) << c.rule;
}

TEST(Sizer, SZ2_HeldNamesOfASideComeFirst) {
  const MarketData market = text_market("1 10 10 10\n");
  const std::vector<HeldPosition> held = {{.instrument = 0, .shares = 5}, {.instrument = 1, .shares = -5}};
  LongShortScoreSizerPolicy sizer{.max_longs = 1, .net_target = 1.0};
  EXPECT_EQ(sized(sizer, market, "+A=1 +B=2 +C=3", held), "A=1");
  sizer.sticky_holdings = false;
  EXPECT_EQ(sized(sizer, market, "+A=1 +B=2 +C=3", held), "C=1");
  sizer = {.max_longs = 1, .net_target = 1.0};
  EXPECT_EQ(sized(sizer, market, "+B=2 +C=3", held), "C=1") << "B is held short";
}

constexpr KellySizerPolicy kelly{.mu_scale = 0.01, .kelly_fraction = 0.5, .lookback_days = 4};

TEST(Sizer, SZ3_KellyOfOneName) {
  // Returns 0.1, -0.1, 0.1, -0.1: variance (ddof 0) 0.01. 0.5 * 0.01 / 0.01 = 0.5.
  const MarketData market = text_market("1 100\n2 110\n3 99\n4 108.9\n5 98.01\n");
  EXPECT_EQ(sized(kelly, market, "+A=1"), "A=0.5");
  EXPECT_EQ(sized(kelly, market, "-A=1"), "A=-0.5");
  EXPECT_EQ(sized({KellySizerPolicy{.mu_scale = 0.01, .kelly_fraction = 0.0}}, market, "+A=1"), "");
}

TEST(Sizer, SZ3_KellySeesThroughCorrelation) {
  // B moves half as much as A: B carries nothing that A does not, and the pseudoinverse splits along their line.
  const MarketData market = text_market("1 100 100\n2 110 105\n3 99 99.75\n4 108.9 104.7375\n5 98.01 99.500625\n");
  EXPECT_EQ(sized(kelly, market, "+A=1 +B=0.5"), "A=0.4 B=0.2");
}

TEST(Sizer, SZ3_GapsAreCarriedAndSplitsAreNoReturns) {
  const MarketData plain = text_market("1 100\n2 110\n3 99\n4 108.9\n5 98.01\n");
  const MarketData split = text_market("1 100\n2 55,x2\n3 49.5\n4 54.45\n5 98.01,x0.5\n");
  EXPECT_EQ(sized(kelly, split, "+A=1"), sized(kelly, plain, "+A=1"));
  // A's gap makes a return of 0 where B has a close; a bar on which neither has one is no row.
  const MarketData gap = text_market("1 100 50\n2 - 51\n3 - -\n4 110 52\n5 99 53\n");
  const MarketData filled = text_market("1 100 50\n2 100 51\n4 110 52\n5 99 53\n");
  EXPECT_EQ(sized(kelly, gap, "+A=1 +B=1"), sized(kelly, filled, "+A=1 +B=1"));
}

TEST(Sizer, SZ3_TheLookbackIsInRows) {
  const MarketData market = text_market("1 1\n2 900\n3 100\n4 110\n5 99\n6 108.9\n7 98.01\n");
  EXPECT_EQ(sized(kelly, market, "+A=1"), "A=0.5");
}

TEST(Sizer, W34_FewerThanTwoCompleteRowsIsASkip) {
  const MarketData market = text_market("1 100 -\n2 110 50\n3 99 51\n");
  EXPECT_EQ(sized(kelly, market, "+A=1 +B=1"), "skipped");
  EXPECT_NE(sized(kelly, market, "+A=1"), "skipped");
  EXPECT_EQ(sized({OptimizationSizerPolicy{}}, market, "+A=1 +B=1"), "skipped");
}

TEST(Sizer, ANameWithoutAnyCloseDoesNotStopTheOthers) {
  const MarketData market = text_market("1 100 -\n2 110 -\n3 99 -\n4 108.9 -\n5 98.01 -\n");
  EXPECT_EQ(sized(kelly, market, "+A=1 +B=1"), "A=0.5");
}

TEST(Sizer, SZ4_OptimizerBalancesReturnAndRisk) {
  // Uncorrelated, variances (ddof 1) 0.04/3 and 0.01/3; equal expected returns: weights against variance, 1 : 4.
  const MarketData market = text_market("1 100 100\n2 110 105\n3 121 99.75\n4 108.9 94.7625\n5 98.01 99.500625\n");
  EXPECT_EQ(sized({OptimizationSizerPolicy{.risk_aversion = 5.0}}, market, "+A=1 +B=1"), "A=0.2 B=0.8");
  EXPECT_EQ(sized({OptimizationSizerPolicy{.risk_aversion = 5.0}}, market, "+A=9 +B=1"), "A=1");
  EXPECT_EQ(sized({OptimizationSizerPolicy{.risk_aversion = 5.0}}, market, "-A=1 +B=1"), "B=1") << "signed scores";
}

TEST(Sizer, SZ4_TheWindowIsInCalendarDays) {
  const MarketData market =
      text_market("1 1 1000\n20 100 100\n21 110 105\n22 121 99.75\n23 108.9 94.7625\n24 98.01 99.500625\n");
  EXPECT_EQ(sized({OptimizationSizerPolicy{.risk_aversion = 5.0, .lookback_days = 2}}, market, "+A=1 +B=1"),
            "A=0.2 B=0.8");
}

std::vector<LeftOut> left_out(const SizerPolicy& policy, const std::string& book) {
  const MarketData market = text_market("1 10 10 10 10 10 10\n");
  const auto sizer = make_sizer(policy, market.prices);
  const WantedBook wanted = book_of(book);
  const MarketView view(market.prices, nullptr, 0);
  std::vector<InstrumentWeight> weights;
  for (int again = 0; again < 2; ++again) {  // it counts the last call's alone
    sizer->size({.market = view, .book = wanted, .portfolio = {.cash = 0.0, .nav = 1.0, .held = {}}}, weights);
  }
  return {sizer->left_out().begin(), sizer->left_out().end()};
}

TEST(Sizer, SZ10_TellsWhatItHasNoRoomFor) {
  using Counts = std::vector<LeftOut>;
  EXPECT_EQ(left_out(EqualWeightSizerPolicy{2}, "+A=3 +B=2 +C=1 +D=1"), Counts({{SizerLimit::max_positions, 2}}));
  EXPECT_EQ(left_out(EqualWeightSizerPolicy{2}, "+A=3 +B=2 +C=0"), Counts()) << "a score of 0 asks for nothing";
  EXPECT_EQ(left_out(EqualWeightSizerPolicy{}, "+A -B -C"), Counts({{SizerLimit::holds_no_shorts, 2}}));
  EXPECT_EQ(left_out(neutral, "+A=1 +B=2 +C=3 -D=1 -E=5 -F=2"),
            Counts({{SizerLimit::max_longs, 1}, {SizerLimit::max_shorts, 1}}));
  EXPECT_EQ(left_out(neutral, "+A -B"), Counts());
}

}  // namespace
}  // namespace backtest
