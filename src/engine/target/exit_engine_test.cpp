#include "engine/target/exit_engine.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>
#include <string>

#include "engine/text_market_for_tests.hpp"

namespace backtest {
namespace {

// One position in A, entered at the open of `entry_bar` at that open, long unless `shares` says otherwise; the exit
// actions of each later bar as "bar: exit reasons" or "bar: scale reasons".
struct Case {
  const char* rule;
  std::vector<ExitRule> rules;
  const char* market;
  const char* actions;
  double shares = 10.0;
  ExitPrecedence precedence = ExitPrecedence::exit_over_scale;
  std::size_t entry_bar = 0;
  bool entered_at_open = true;
};

std::string actions_of(const Case& c) {
  const MarketData market = text_market(c.market);
  ExitEngine engine({.precedence = c.precedence, .rules = c.rules, .cooldown_bars = 0}, std::nullopt, market.prices);
  PositionStates states(true);
  std::ostringstream text;
  double entry = c.entered_at_open ? market.prices.open[c.entry_bar] : market.prices.close[c.entry_bar];
  for (std::size_t bar = c.entry_bar; bar < market.prices.bar_count(); ++bar) {
    const MarketView view(market.prices, nullptr, bar);
    if (bar > c.entry_bar && !std::isnan(view.split(bar, 0))) entry /= view.split(bar, 0);
    const HeldPosition held{.instrument = 0,
                            .shares = c.shares,
                            .mark = 1.0,
                            .average_entry_price = entry,
                            .entry_bar = c.entry_bar,
                            .entered_at_open = c.entered_at_open};
    states.sync(view, {.cash = 0.0, .nav = 1.0, .held = {&held, 1}});
    for (const ExitAction& action : engine.evaluate(view, states.held(), true)) {
      if (text.tellp() > 0) text << '\n';
      text << bar << ": ";
      if (action.exit) text << "exit ";
      if (action.scale) text << *action.scale << ' ';
      text << action.reasons;
    }
  }
  return text.str();
}

const ExitRule trailing_ma = TrailingMaExit{.days = 2};
const ExitRule stop = StopLossExit{.pct = 0.1};
const ExitRule stop_at_close = StopLossExit{.pct = 0.1, .use_intraday_extremes = false};
const ExitRule profit = TakeProfitExit{.pct = 0.1};
const ExitRule trail = TrailingStopExit{.pct = 0.1};
const ExitRule time_stop = TimeStopExit{.days = 2};
const ExitRule half = PartialExit{.days = 2, .fraction = 0.5};

const std::vector<Case> cases = {
    {"CS-10 trailing_ma, long", {trailing_ma}, "1 10\n2 12\n3 9\n", "2: exit long_close_below_ma(2)"},
    {"CS-10 trailing_ma, short", {trailing_ma}, "1 10\n2 9\n3 12\n", "2: exit short_close_above_ma(2)", -10},
    {"CS-10 trailing_ma without sides",
     {TrailingMaExit{.days = 2, .side_aware = false}},
     "1 10\n2 12\n3 9\n",
     "2: exit close_below_ma(2)",
     -10},
    {"W-17 a flat price is not below its mean",
     {TrailingMaExit{.days = 3}},
     "1 50.04\n2 50.04\n3 50.04\n4 50.04\n",
     ""},
    {"CS-10 no close, no price rule", {trailing_ma, stop}, "1 10\n2 12\n3 1/.\n", ""},
    {"CS-10 days 0 is off", {TrailingMaExit{.days = 0}}, "1 10\n2 1\n", ""},
    {"W-37 a split moves no average", {trailing_ma}, "1 10\n2 10\n3 5.5,x2\n", ""},
    {"CS-10 stop_loss at the low", {stop}, "1 10\n2 9/10\n", "1: exit long_stop_loss(0.1)"},
    {"CS-10 stop_loss at the close", {stop_at_close}, "1 10\n2 8/10\n3 9\n", "2: exit long_stop_loss(0.1)"},
    {"W-17 a level within rounding is reached", {stop}, "1 10.7\n2 9.630000000000001\n", "1: exit long_stop_loss(0.1)"},
    {"CS-10 stop_loss, short", {stop}, "1 10\n2 11/10\n", "1: exit short_stop_loss(0.1)", -10},
    {"CS-10 a pct outside (0, 1) does nothing",
     {StopLossExit{.pct = 1.0}, TakeProfitExit{.pct = 0.0}},
     "1 10\n2 1\n",
     ""},
    {"W-37 a split is no loss", {stop}, "1 10\n2 5,x2\n3 4.4\n", "2: exit long_stop_loss(0.1)"},
    {"CS-10 take_profit at the high", {profit}, "1 10\n2 11/10\n", "1: exit long_take_profit(0.1)"},
    {"CS-10 take_profit, short", {profit}, "1 10\n2 9/10\n", "1: exit short_take_profit(0.1)", -10},
    {"CS-10 trailing_stop from the highest mark", {trail}, "1 10\n2 20\n3 18/19\n", "2: exit long_trailing_stop(0.1)"},
    {"CS-10 trailing_stop from the entry",
     {TrailingStopExit{.pct = 0.1, .use_water_marks = false}},
     "1 10\n2 20\n3 11\n4 9\n",
     "3: exit long_trailing_stop(0.1)"},
    {"CS-10 trailing_stop, short", {trail}, "1 10\n2 5\n3 5.5/5.2\n", "2: exit short_trailing_stop(0.1)", -10},
    {"W-30 the entry bar's range counts after a fill at its open",
     {trail},
     "1 10/20\n2 17\n",
     "0: exit long_trailing_stop(0.1)\n1: exit long_trailing_stop(0.1)"},
    {"W-30 the entry bar's range does not count after a fill at its close",
     {trail},
     "1 20/10\n2 9.5\n",
     "",
     10,
     ExitPrecedence::exit_over_scale,
     0,
     false},
    {"DATA-20 time_stop counts bars with a row, the entry bar too",
     {time_stop},
     "1 10\n2 -\n3 10\n",
     "2: exit time_stop(2)"},
    {"CS-10 partial exit, once", {half}, "1 10\n2 10\n3 10\n", "1: 0.5 partial_exit_after_days(2,0.5)"},
    {"CS-10 partial exit, again and again",
     {PartialExit{.days = 2, .fraction = 0.5, .once = false}},
     "1 10\n2 10\n3 10\n",
     "1: 0.5 partial_exit_after_days(2,0.5)\n2: 0.5 partial_exit_after_days(2,0.5)"},
    {"CS-10 a fraction above 1 does nothing", {PartialExit{.days = 1, .fraction = 1.5}}, "1 10\n", ""},
    {"CS-10 exit over scale, and the flag is spent",
     {half, time_stop},
     "1 10\n2 10\n",
     "1: exit partial_exit_after_days(2,0.5);time_stop(2)"},
    {"CS-10 scale over exit",
     {half, time_stop},
     "1 10\n2 10\n3 10\n",
     "1: 0.5 partial_exit_after_days(2,0.5);time_stop(2)\n2: exit time_stop(2)",
     10,
     ExitPrecedence::scale_over_exit},
    {"CS-10 first match",
     {half, time_stop},
     "1 10\n2 10\n",
     "1: 0.5 partial_exit_after_days(2,0.5)",
     10,
     ExitPrecedence::first_match},
};

TEST(ExitEngine, Cases) {
  for (const Case& c : cases) EXPECT_EQ(actions_of(c), c.actions) << c.rule;
}

TEST(ExitEngine, W11_TheConstraintIsARule) {
  const MarketData market = text_market("1 10\n2 8\n");
  ExitEngine engine({}, 0.1, market.prices);
  PositionStates states(true);
  const HeldPosition held{.instrument = 0, .shares = 1, .mark = 8, .average_entry_price = 10, .entry_bar = 0};
  const MarketView view(market.prices, nullptr, 1);
  states.sync(view, {.cash = 0.0, .nav = 1.0, .held = {&held, 1}});
  ASSERT_EQ(engine.evaluate(view, states.held(), false).size(), 1u);
  EXPECT_TRUE(engine.has_rules());
}

TEST(PositionStates, CS3_ASideOrEntryThatChangesBeginsAnew) {
  const MarketData market = text_market("1 10\n2 20\n3 15\n4 12\n");
  PositionStates states(true);
  const auto sync = [&](std::size_t bar, double shares, std::size_t entry_bar, double entry) -> PositionState& {
    const HeldPosition held{
        .instrument = 0, .shares = shares, .mark = 1, .average_entry_price = entry, .entry_bar = entry_bar};
    states.sync(MarketView(market.prices, nullptr, bar), {.cash = 0.0, .nav = 1.0, .held = {&held, 1}});
    return states.held()[0];
  };
  PositionState& first = sync(1, 5, 0, 10);
  EXPECT_EQ(first.high_mark, 20);
  EXPECT_EQ(first.days_held, 2);
  first.target_scale = 0.5;
  first.last = Candidate{.instrument = 0, .side = Side::long_side, .strength = 3};
  EXPECT_EQ(sync(2, 9, 0, 12).entry_price, 10) << "later fills do not change it";
  EXPECT_EQ(states.held()[0].target_scale, 0.5);
  const PositionState& flipped = sync(3, -5, 3, 12);
  EXPECT_EQ(flipped.entry_price, 12);
  EXPECT_EQ(flipped.target_scale, 1.0) << "W-31";
  EXPECT_EQ(flipped.last->strength, 3);
  states.sync(MarketView(market.prices, nullptr, 3), {});
  EXPECT_EQ(states.find(0), nullptr);
}

}  // namespace
}  // namespace backtest
