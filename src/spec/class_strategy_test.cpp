#include "spec/class_strategy.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

const std::vector<std::string> universe = {"NVDA", "AAPL"};

template <typename Rule>
const Rule& rule_at(const PipelinePolicy& policy, std::size_t index) {
  return std::get<Rule>(policy.exits.rules.at(index));
}

TEST(ClassStrategy, STR4_BuyAndHoldBuysTheFirstSymbolOnce) {
  const PipelinePolicy policy = expand(BuyAndHoldParameters{}, universe);
  EXPECT_EQ(policy.schedule.frequency, Frequency::once);
  EXPECT_EQ(std::get<WhitelistFilter>(policy.universe.filters.at(0)).symbols, std::vector<std::string>{"NVDA"});
  const PipelinePolicy named = expand(BuyAndHoldParameters{.symbol = "AAPL"}, universe);
  EXPECT_EQ(std::get<WhitelistFilter>(named.universe.filters.at(0)).symbols, std::vector<std::string>{"AAPL"});
}

TEST(ClassStrategy, STR5_StaticUniverseKeepsCashUnlessItRedistributes) {
  EXPECT_EQ(expand(StaticUniverseParameters{}, universe).cash_for_unlisted, universe);
  EXPECT_TRUE(expand(StaticUniverseParameters{.redistribute = true}, universe).cash_for_unlisted.empty());
  const PipelinePolicy narrow = expand(StaticUniverseParameters{.symbols = {"AAPL"}}, universe);
  EXPECT_EQ(narrow.cash_for_unlisted, std::vector<std::string>{"AAPL"});
  const PipelinePolicy all = expand(StaticUniverseParameters{}, {});
  EXPECT_TRUE(all.universe.filters.empty());
  EXPECT_TRUE(all.cash_for_all_unlisted);
}

TEST(ClassStrategy, STR6_TopNSignalReplacesAll) {
  const PipelinePolicy policy =
      expand(TopNSignalParameters{.top_n = 3, .higher_is_better = false, .rebalance = {.frequency = Frequency::weekly}},
             universe);
  EXPECT_EQ(policy.schedule.frequency, Frequency::weekly) << "W-7";
  EXPECT_EQ(std::get<ColumnScoring>(policy.scoring).column, "composite_percentile");
  EXPECT_TRUE(std::get<ColumnScoring>(policy.scoring).higher_is_better) << "CS-13: the selection turns it";
  const auto& selection = std::get<TopNSelection>(policy.selection);
  EXPECT_EQ(selection.n, 3);
  EXPECT_FALSE(selection.min_score.has_value());
  EXPECT_FALSE(selection.higher_is_better);
  EXPECT_TRUE(std::get<ReplaceAllHolding>(policy.holding).exit_if_not_selected);
  EXPECT_EQ(policy.universe.source, UniverseSource::signals);
}

TEST(ClassStrategy, STR7_LongShortKeepsHoldingsAndOrdersItsRulesAsCS13) {
  const PipelinePolicy policy = expand(LongShortTopNParameters{.k_long = 1,
                                                               .k_short = 2,
                                                               .trailing_ma_days = 10,
                                                               .stop_loss_pct = 0.1,
                                                               .use_low_for_stop = false,
                                                               .partial_exit_days = 3,
                                                               .max_hold_days = 7},
                                       universe);
  const auto& holding = std::get<ReplaceAllHolding>(policy.holding);
  EXPECT_FALSE(holding.exit_if_not_selected);
  EXPECT_TRUE(holding.refresh_held_scores);
  ASSERT_EQ(policy.exits.rules.size(), 4u);
  EXPECT_EQ(rule_at<TrailingMaExit>(policy, 0).days, 10);
  EXPECT_EQ(rule_at<TimeStopExit>(policy, 1).days, 7);
  EXPECT_FALSE(rule_at<StopLossExit>(policy, 2).use_intraday_extremes);
  EXPECT_EQ(rule_at<PartialExit>(policy, 3).fraction, 0.5);
  EXPECT_TRUE(std::get<LongShortTopNSelection>(policy.selection).allow_short);
  const PipelinePolicy longs = expand(LongShortTopNParameters{.k_long = 1}, universe);
  EXPECT_FALSE(std::get<LongShortTopNSelection>(longs.selection).allow_short);
  EXPECT_TRUE(longs.exits.rules.empty());
}

TEST(ClassStrategy, STR8_BreakoutAlwaysFollowsItsAverage) {
  const PipelinePolicy policy = expand(BreakoutParameters{.trailing_stop_pct = 0.2, .partial_exit_days = 5}, universe);
  ASSERT_EQ(policy.exits.rules.size(), 3u);
  EXPECT_EQ(rule_at<TrailingMaExit>(policy, 0).days, 10);
  EXPECT_EQ(rule_at<TrailingStopExit>(policy, 1).pct, 0.2);
  EXPECT_EQ(rule_at<PartialExit>(policy, 2).days, 5);
  EXPECT_TRUE(std::holds_alternative<BreakoutClassScoring>(policy.scoring));
  EXPECT_FALSE(std::get<ReplaceAllHolding>(policy.holding).refresh_held_scores);
}

TEST(ClassStrategy, STR9_EpisodicPivotHasNoPartialExit) {
  const PipelinePolicy policy =
      expand(EpisodicPivotParameters{.min_ep_score = 0.5, .enable_shorts = true, .time_stop_days = 4}, universe);
  ASSERT_EQ(policy.exits.rules.size(), 2u);
  EXPECT_EQ(rule_at<TrailingMaExit>(policy, 0).days, 20);
  EXPECT_EQ(rule_at<TimeStopExit>(policy, 1).days, 4);
  const auto& scoring = std::get<EpisodicPivotClassScoring>(policy.scoring);
  EXPECT_EQ(scoring.min_score, 0.5);
  EXPECT_TRUE(scoring.enable_shorts);
}

}  // namespace
}  // namespace backtest
