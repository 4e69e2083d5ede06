#include "execute/run_warnings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace backtest {
namespace {

using ::testing::HasSubstr;

std::string text(const std::vector<Diagnostic>& warnings) {
  std::string text;
  for (const Diagnostic& warning : warnings) text += warning.text() + "\n";
  return text;
}

// Bars of these days of January 2024; of two instruments, the second without a row where its flag is 0.
struct Market {
  explicit Market(const std::vector<int>& days, std::vector<std::uint8_t> second_has_row = {}) {
    panel.instruments = {"A", "B"};
    for (std::size_t bar = 0; bar < days.size(); ++bar) {
      panel.dates.push_back(make_date(2024, 1, days[bar]));
      has_row.push_back(1);
      has_row.push_back(second_has_row.empty() ? 1 : second_has_row[bar]);
    }
    panel.has_row = has_row;
  }
  std::vector<std::uint8_t> has_row;
  Panel panel;
};

TEST(PeriodWarnings, AreOfEndsThatTheBarsDoNotReach) {
  const Date first = make_date(2024, 1, 2);
  const Market daily({2, 3, 4, 5, 8});
  EXPECT_EQ(text(period_warnings(make_date(2023, 12, 30), make_date(2024, 1, 15), daily.panel)), "");
  EXPECT_EQ(text(period_warnings(first, make_date(2024, 1, 16), daily.panel)),
            "end_date: the last bar is of 2024-01-08, 8 days from 2024-01-16: 2024-01-02 to 2024-01-08 was simulated, "
            "and results are of that period\n");
  EXPECT_THAT(text(period_warnings(make_date(2023, 1, 1), make_date(2024, 1, 8), daily.panel)),
              HasSubstr("start_date: the first bar is of 2024-01-02, 366 days from 2023-01-01"));
  const Market fortnightly({2, 16});
  EXPECT_EQ(text(period_warnings(first, make_date(2024, 1, 30), fortnightly.panel)), "");
}

TEST(LookbackWarnings, SayTheFirstBarThatCanDecide) {
  Policy policy;
  policy.strategy = PipelinePolicy{.scoring = MomentumScoring{.lookback = 3}};
  Market market({2, 3, 4, 5, 8});
  EXPECT_EQ(
      text(lookback_warnings(policy, market.panel)),
      "data.warmup_bars: momentum needs 4 closes and 0 bars come before the first one of the run: the first bar "
      "that can decide is 2024-01-05, bar 4 of the run; data.warmup_bars: 3 loads enough, where the data has them\n");
  market.panel.first_bar = 2;
  EXPECT_THAT(text(lookback_warnings(policy, market.panel)), HasSubstr("2024-01-05, bar 2 of the run"));
  market.panel.first_bar = 3;
  EXPECT_EQ(text(lookback_warnings(policy, market.panel)), "");
  policy.strategy = PipelinePolicy{.scoring = PriceBreakoutScoring{.lookback = 20}};
  EXPECT_THAT(text(lookback_warnings(policy, market.panel)), HasSubstr("no bar of the run can decide"));
  policy.strategy = PipelinePolicy{.scoring = ConstantScoring{}};
  EXPECT_EQ(text(lookback_warnings(policy, market.panel)), "");
}

TEST(DelistingWarnings, AreOfInstrumentsWithRowsAgain) {
  const Market market({2, 3, 4, 5, 8}, {1, 0, 0, 0, 1});
  SimulationResult simulation;
  simulation.fills.push_back({.bar = 2, .instrument = 1, .reason = FillReason::delisted});
  EXPECT_EQ(text(delisting_warnings(simulation, market.panel)),
            "data.delist_after_bars: B was closed as delisted on 2024-01-04 but has rows again from 2024-01-08: a "
            "larger number (0: never) holds it over the gap\n");
  const Market ended({2, 3, 4, 5, 8}, {1, 0, 0, 0, 0});
  EXPECT_EQ(text(delisting_warnings(simulation, ended.panel)), "");
  simulation.fills[0].reason = FillReason::order;
  EXPECT_EQ(text(delisting_warnings(simulation, market.panel)), "");
}

}  // namespace
}  // namespace backtest
