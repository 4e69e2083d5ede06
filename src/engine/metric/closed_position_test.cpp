#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/metric/record_for_tests.hpp"
#include "engine/metric/summary.hpp"

namespace backtest {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr InstrumentIndex A = 0, B = 1;

struct Trade {
  std::uint32_t bar;
  InstrumentIndex instrument;
  double quantity;
  double price;
  double commission = 0.0;
  FillReason reason = FillReason::order;
};

struct Action {
  std::uint32_t bar;
  InstrumentIndex instrument;
  double split = missing;
  double dividend = missing;
};

// The ledger's book after each bar, as far as the fold reads it: who is held.
Recorded record_of_trades(std::size_t bars, const std::vector<Trade>& trades, const std::vector<Action>& actions = {}) {
  Recorded run = quiet_market(bars, {"A", "B"});
  for (const Action& action : actions) {
    const std::size_t cell = run.market.prices.cell(action.bar, action.instrument);
    run.split[cell] = action.split;
    run.dividend[cell] = action.dividend;
  }
  for (const Trade& trade : trades) {
    run.result.fills.push_back({.bar = trade.bar,
                                .instrument = trade.instrument,
                                .quantity = trade.quantity,
                                .price = trade.price,
                                .notional = trade.quantity * trade.price,
                                .commission = trade.commission,
                                .reason = trade.reason});
  }
  double shares[2] = {0.0, 0.0};
  run.result.holdings_begin.push_back(0);
  for (std::uint32_t bar = 0; bar < bars; ++bar) {
    for (const InstrumentIndex i : {A, B}) {
      const double split = run.split[run.market.prices.cell(bar, i)];
      if (!std::isnan(split)) shares[i] *= split;
    }
    for (const Trade& trade : trades) {
      if (trade.bar == bar) shares[trade.instrument] += trade.quantity;
    }
    for (const InstrumentIndex i : {A, B}) {
      if (shares[i] != 0.0) run.result.holdings.push_back({.instrument = i, .shares = shares[i], .mark = 100.0});
    }
    run.result.holdings_begin.push_back(run.result.holdings.size());
    run.result.bars.push_back({.nav = 1000.0, .cash = 1000.0});
  }
  return run;
}

Summary summary_of(const Recorded& run) {
  return summarize(run.result, run.market, with_cash(1000.0));
}

TEST(ClosedPosition, LongBoughtTwiceAndSoldTwice) {
  const Recorded run =
      record_of_trades(6, {{1, A, 10, 100, 1.0}, {2, A, 10, 110, 1.0}, {4, A, -5, 120, 0.5}, {5, A, -15, 130, 1.5}});
  const Summary summary = summary_of(run);
  ASSERT_EQ(summary.closed_positions.size(), 1u);
  const ClosedPosition& position = summary.closed_positions[0];
  EXPECT_EQ(position.instrument, A);
  EXPECT_EQ(position.entry_bar, 1u);
  EXPECT_EQ(position.exit_bar, 5u);
  EXPECT_EQ(position.side, 1.0);
  EXPECT_EQ(position.largest_shares, 20.0);
  EXPECT_DOUBLE_EQ(position.entry_price, 105.0);
  EXPECT_DOUBLE_EQ(position.exit_price, (5 * 120.0 + 15 * 130.0) / 20.0);
  EXPECT_DOUBLE_EQ(position.profit, 2550.0 - 2100.0 - 4.0);
  EXPECT_DOUBLE_EQ(position.return_on_entry, 446.0 / 2100.0);
}

TEST(ClosedPosition, ShortPaysTheDividend) {
  const Recorded run = record_of_trades(5, {{1, A, -10, 100}, {4, A, 10, 90, 2.0}}, {{3, A, missing, 0.5}});
  const Summary summary = summary_of(run);
  ASSERT_EQ(summary.closed_positions.size(), 1u);
  EXPECT_EQ(summary.closed_positions[0].side, -1.0);
  EXPECT_DOUBLE_EQ(summary.closed_positions[0].profit, 1000.0 - 900.0 - 5.0 - 2.0);
}

TEST(ClosedPosition, SplitScalesSharesAndEntryPriceBeforeTheDividend) {  // W-37
  const Recorded run = record_of_trades(5, {{1, A, 10, 100}, {4, A, -20, 60}}, {{3, A, 2.0, 1.0}});
  const Summary summary = summary_of(run);
  ASSERT_EQ(summary.closed_positions.size(), 1u);
  const ClosedPosition& position = summary.closed_positions[0];
  EXPECT_EQ(position.largest_shares, 20.0);
  EXPECT_DOUBLE_EQ(position.entry_price, 50.0);
  EXPECT_DOUBLE_EQ(position.exit_price, 60.0);
  EXPECT_DOUBLE_EQ(position.profit, 1200.0 - 1000.0 + 20.0);
}

TEST(ClosedPosition, ActionsOnTheEntryBarComeBeforeItsFills) {
  const Recorded run = record_of_trades(4, {{1, A, 10, 100}, {3, A, -10, 100}}, {{1, A, 2.0, 1.0}});
  const Summary summary = summary_of(run);
  ASSERT_EQ(summary.closed_positions.size(), 1u);
  EXPECT_DOUBLE_EQ(summary.closed_positions[0].profit, 0.0);
}

TEST(ClosedPosition, ChangeOfSignIsTwoPositionsWithTheCommissionByShares) {  // BRK-14
  const Recorded run = record_of_trades(5, {{1, A, 10, 100}, {2, A, -30, 110, 3.0}, {4, A, 20, 105}});
  const Summary summary = summary_of(run);
  ASSERT_EQ(summary.closed_positions.size(), 2u);
  EXPECT_EQ(summary.closed_positions[0].exit_bar, 2u);
  EXPECT_DOUBLE_EQ(summary.closed_positions[0].profit, 100.0 - 1.0);
  EXPECT_EQ(summary.closed_positions[1].side, -1.0);
  EXPECT_EQ(summary.closed_positions[1].entry_bar, 2u);
  EXPECT_EQ(summary.closed_positions[1].largest_shares, 20.0);
  EXPECT_DOUBLE_EQ(summary.closed_positions[1].profit, 20 * 5.0 - 2.0);
}

TEST(ClosedPosition, DelistingEndsAPosition) {  // W-2
  const Recorded run = record_of_trades(4, {{1, B, 10, 100}, {3, B, -10, 40, 0.0, FillReason::delisted}});
  const Summary summary = summary_of(run);
  ASSERT_EQ(summary.closed_positions.size(), 1u);
  EXPECT_EQ(summary.closed_positions[0].exit_reason, FillReason::delisted);
  EXPECT_DOUBLE_EQ(summary.closed_positions[0].profit, -600.0);
}

TEST(ClosedPosition, StatisticsByHand) {
  // A +100 in 2 bars, B -40 in 1 bar, A +20 in 1 bar, B open.
  const Recorded run = record_of_trades(8, {{1, A, 10, 100},
                                            {1, B, 10, 100},
                                            {2, B, -10, 96},
                                            {3, A, -10, 110},
                                            {4, A, 10, 100},
                                            {5, A, -10, 102},
                                            {6, B, 10, 100}});
  const Summary summary = summary_of(run);
  EXPECT_EQ(summary.closed_position_count, 3u);
  EXPECT_DOUBLE_EQ(*summary.hit_rate, 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(*summary.payoff_ratio, 60.0 / 40.0);
  EXPECT_DOUBLE_EQ(*summary.profit_factor, 120.0 / 40.0);
  EXPECT_DOUBLE_EQ(*summary.expectancy, 80.0 / 3.0);
  EXPECT_DOUBLE_EQ(*summary.average_holding_bars, 4.0 / 3.0);
}

TEST(ClosedPosition, WithoutLossesRatiosAreNullWithAWarning) {  // W-19
  const Recorded run = record_of_trades(4, {{1, A, 10, 100}, {2, A, -10, 110}});
  const Summary summary = summary_of(run);
  EXPECT_EQ(*summary.hit_rate, 1.0);
  EXPECT_FALSE(summary.payoff_ratio);
  EXPECT_FALSE(summary.profit_factor);
  EXPECT_THAT(summary.warnings, Contains(HasSubstr("payoff_ratio and profit_factor are undefined")));
}

TEST(ClosedPosition, NothingClosed) {
  const Recorded run = record_of_trades(4, {{1, A, 10, 100}});
  const Summary summary = summary_of(run);
  EXPECT_FALSE(summary.hit_rate || summary.expectancy || summary.average_holding_bars);
  EXPECT_THAT(summary.warnings, Contains(HasSubstr("no position was closed")));
}

}  // namespace
}  // namespace backtest
