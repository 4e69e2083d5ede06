#include "engine/simulate.hpp"

#include <gtest/gtest.h>

#include "engine/text_market_for_tests.hpp"

namespace backtest {
namespace {

using Decision = TargetTable::BarTargets;

// Targets decided elsewhere, so that what is tested is the loop, the broker and the book.
struct Case {
  const char* rule;
  const char* market;
  std::vector<Decision> decisions;
  BrokerPolicy broker;
  std::string fills;
  std::vector<double> nav;
  int delist_after_bars = 5;
};

SimulationResult run(const Case& c, SimulationListener* listener = nullptr) {
  MarketData market = text_market(c.market);
  market.targets = {{c.decisions}};
  Policy policy{.initial_cash = 1000, .strategy = TargetWeightsPolicy{}};
  policy.constraints = {.max_leverage = 10, .allow_short = true};
  policy.broker = c.broker;
  policy.delist_after_bars = c.delist_after_bars;
  SimulationResult result;
  simulate(policy, market, {.listener = listener}, result);
  return result;
}

constexpr auto next_close = FillPolicy::next_close;
constexpr auto same_close = FillPolicy::same_close;

const std::vector<Case> cases = {
    {"ENG-11 decided at a close, filled at the next open",
     "1 10/11\n2 20/25\n",
     {{0, {{0, 1.0}}}},
     {},
     "1 A +50 @ 20\n",
     {1000, 1250}},
    {"ENG-10 nothing is decided on the last bar", "1 10\n", {{0, {{0, 1.0}}}}, {}, "", {1000}},
    {"next_close",
     "1 10/11\n2 20/25\n3 30\n",
     {{0, {{0, 1.0}}}},
     {.fill_policy = next_close},
     "1 A +40 @ 25\n",
     {1000, 1000, 1200}},
    {"same_close, on the last bar too",
     "1 10/20\n2 30/25\n",
     {{0, {{0, 1.0}}}, {1, {}}},
     {.fill_policy = same_close},
     "0 A +50 @ 20\n1 A -50 @ 25\n",
     {1000, 1250}},
    {"ENG-11 a bar without a decision trades nothing",
     "1 10\n2 10\n3 20\n4 20\n",
     {{0, {{0, 0.5}}}},
     {},
     "1 A +50 @ 10\n",
     {1000, 1000, 1500, 1500}},
    {"ENG-13d weights are fractions of NAV at the open",
     "1 10 10\n2 10 10\n3 20 10\n4 20 10\n",
     {{0, {{0, 0.5}, {1, 0.5}}}, {1, {{0, 0.5}, {1, 0.5}}}},
     {},
     "1 A +50 @ 10\n1 B +50 @ 10\n2 A -12.5 @ 20\n2 B +25 @ 10\n",
     {1000, 1000, 1500, 1500}},
    {"ENG-13b an order without a price is lost",
     "1 10\n2 ./10\n3 10\n4 10\n",
     {{0, {{0, 1.0}}}},
     {},
     "",
     {1000, 1000, 1000, 1000}},
    {"W-1 sizing counts a name without a price at its last close",
     "1 10 10\n2 10 10\n3 - 10\n4 20 10\n",
     {{0, {{0, 0.5}, {1, 0.5}}}, {1, {{0, 0.5}, {1, 0.25}}}},
     {},
     "1 A +50 @ 10\n1 B +50 @ 10\n2 B -25 @ 10\n",
     {1000, 1000, 1000, 1500}},
    {"W-3 a row without an open marks, and does not trade",
     "1 10\n2 10\n3 ./20\n4 20\n",
     {{0, {{0, 1.0}}}, {1, {}}},
     {},
     "1 A +100 @ 10\n",
     {1000, 1000, 2000, 2000}},
    {"W-2 delisted on the fifth bar without a row",
     "1 10 1\n2 10/12 1\n3 - 1\n4 - 1\n5 - 1\n6 - 1\n7 - 1\n8 - 1\n",
     {{0, {{0, 1.0}}}},
     {.slippage_bps = 100, .commission = 0.01},
     "1 A +100 @ 10.1\n6 A -100 @ 12 delisted\n",
     {}},
    {"W-2 never",
     "1 10 1\n2 10 1\n3 - 1\n4 - 1\n5 - 1\n6 - 1\n7 - 1\n8 - 1\n",
     {{0, {{0, 1.0}}}},
     {},
     "1 A +100 @ 10\n",
     {},
     0},
    {"delistings of a bar close before its other orders",
     "1 10 10\n2 10 10\n3 10 -\n4 10 -\n",
     {{0, {{0, 0.5}, {1, 0.5}}}, {2, {}}},
     {},
     "1 A +50 @ 10\n1 B +50 @ 10\n3 A -50 @ 10\n3 B -50 @ 10 delisted\n",
     {},
     2},
    {"W-37 a split, then a dividend, before the fills",
     "1 10\n2 10\n3 5,x2,d0.5\n4 5\n",
     {{0, {{0, 1.0}}}, {1, {{0, 0.5}}}},
     {},
     "1 A +100 @ 10\n2 A -90 @ 5\n",
     {1000, 1000, 1100, 1100}},
    {"W-13 financing by calendar days",
     "1 10\n2 10\n5 10\n",
     {},
     {.financing = {.cash_rate = 0.365}},
     "",
     {1000, 1001, 1001 + 1001 * 0.003}},
    {"W-13 ruin ends the run",
     "1 10\n2 10\n3 30\n4 10\n",
     {{0, {{0, -1.0}}}},
     {},
     "1 A -100 @ 10\n2 A +100 @ 30 ruined\n",
     {1000, 1000, -1000}},
    {"W-14 a target of 0 closes to 0",
     "1 3\n2 3\n3 7\n",
     {{0, {{0, 1.0}}}, {1, {}}},
     {},
     "1 A +333.333 @ 3\n2 A -333.333 @ 7\n",
     {}},
};

TEST(Simulate, Table) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.rule);
    const SimulationResult result = run(c);
    EXPECT_EQ(fills_text(result), c.fills);
    EXPECT_LE(result.largest_conservation_residual, 1e-12);
    if (c.nav.empty()) continue;
    ASSERT_EQ(result.bars.size(), c.nav.size());
    for (std::size_t bar = 0; bar < c.nav.size(); ++bar) EXPECT_NEAR(result.bars[bar].nav, c.nav[bar], 1e-9);
  }
}

// BRK-11's worked example over MET-8's eight bars.
TEST(Simulate, WorkedExample) {
  Case c{.rule = "MET-8",
         .market = "1 100\n2 101\n3 102\n4 103\n5 104\n6 105\n7 106\n8 107\n",
         .decisions = {},
         .broker = {.slippage_bps = 5, .spread_bps = 2, .commission = 0.001},
         .fills = "",
         .nav = {}};
  for (std::size_t bar = 0; bar < 8; ++bar) c.decisions.push_back({bar, {{0, 1.0}}});
  const SimulationResult result = run(c);
  EXPECT_NEAR(result.fills[0].price, 101.0606, 1e-12);
  EXPECT_NEAR(result.fills[0].cash_after, -1.6006, 1e-9);
  EXPECT_NEAR(result.bars.back().nav, 1057.7242161733873, 1e-6);
  EXPECT_NEAR(result.bars[1].drawdown, -0.0016006, 1e-12);
  // W-14: the reference's shrinking corrections stop where an order is dust.
  EXPECT_EQ(result.fills.size(), 4u);
}

TEST(Simulate, DayTotals) {  // ENG-6, ENG-7
  const SimulationResult result = run({.rule = "",
                                       .market = "1 10 20\n2 10 20\n3 11 19\n",
                                       .decisions = {{0, {{0, 0.5}, {1, -0.25}}}},
                                       .broker = {.slippage_bps = 100, .commission = 0.01},
                                       .fills = "",
                                       .nav = {}});
  const BarRow& bar = result.bars[1];
  const double bought = 50 * 10.1, sold = 12.5 * 19.8;
  EXPECT_NEAR(bar.turnover, (bought + sold) / 1000, 1e-12);
  EXPECT_NEAR(bar.commission, (bought + sold) * 0.01, 1e-12);
  EXPECT_NEAR(bar.slippage_cost, 50 * 0.1 + 12.5 * 0.2, 1e-9);
  EXPECT_EQ(bar.fill_count, 2u);
  EXPECT_NEAR(bar.nav, 1000 - bar.commission - bar.slippage_cost, 1e-9);
  EXPECT_NEAR(bar.gross_exposure, 750 / bar.nav, 1e-12);
  EXPECT_NEAR(bar.net_exposure, 250 / bar.nav, 1e-12);
  EXPECT_NEAR(bar.period_return, bar.nav / 1000 - 1, 1e-15);
  EXPECT_NEAR(result.bars[2].nav, bar.nav + 50 + 12.5, 1e-9);
  EXPECT_EQ(result.bars[2].turnover, 0.0);
  ASSERT_EQ(result.holdings_begin, (std::vector<std::size_t>{0, 0, 2, 4}));
  EXPECT_EQ(result.holdings[3].mark, 19);
}

TEST(Simulate, NothingIsDecidedOnTheLastBar) {  // ENG-10, but same_close trades on it
  for (const auto& [fill_policy, hits] : {std::pair{FillPolicy::next_open, 0u}, {next_close, 0u}, {same_close, 1u}}) {
    MarketData market = text_market("1 10\n2 10\n");
    market.targets = {{{{1, {{0, 1.0}}}}}};
    Policy policy{.strategy = TargetWeightsPolicy{}, .constraints = {.max_position_size = 0.5}};
    policy.broker.fill_policy = fill_policy;
    SimulationResult result;
    simulate(policy, market, {}, result);
    EXPECT_EQ(result.hits.size(), hits);
    EXPECT_EQ(result.fills.size(), hits);
  }
}

TEST(Simulate, AListenerStopsIt) {
  struct StopAfterTwo : SimulationListener {
    bool stop_after(std::size_t done, std::size_t total, Date, double) override {
      EXPECT_EQ(total, 4u);
      return done == 2;
    }
  } listener;
  const SimulationResult result = run(
      {.rule = "", .market = "1 1\n2 1\n3 1\n4 1\n", .decisions = {}, .broker = {}, .fills = "", .nav = {}}, &listener);
  EXPECT_TRUE(result.stopped);
  EXPECT_EQ(result.bars.size(), 2u);
}

TEST(Simulate, WarmUpBarsAreNotPlayed) {  // W-9
  MarketData market = text_market("1 10\n2 10\n3 20\n4 40\n");
  market.prices.first_bar = 2;
  market.targets = {{{{2, {{0, 1.0}}}}}};
  Policy policy{.initial_cash = 1000, .strategy = TargetWeightsPolicy{}};
  SimulationResult result;
  simulate(policy, market, {}, result);
  EXPECT_EQ(result.bars.size(), 2u);
  EXPECT_EQ(fills_text(result), "3 A +25 @ 40\n");
}

}  // namespace
}  // namespace backtest
