// The pipeline from market to fills: what a person sees of each rule.
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "engine/simulate.hpp"
#include "engine/text_market_for_tests.hpp"
#include "engine/text_signals_for_tests.hpp"

namespace backtest {
namespace {

constexpr Schedule daily{};
constexpr Schedule monthly{.frequency = Frequency::monthly};  // text markets lie in one month: the first bar only

PipelinePolicy pipeline_of(Schedule schedule, int top_n = 5) {
  PipelinePolicy policy;
  policy.schedule = schedule;
  policy.universe.source = UniverseSource::prices;
  policy.scoring = ColumnScoring{.column = "alpha"};
  policy.selection = TopNSelection{.n = top_n, .min_score = std::nullopt};
  policy.holding = ReplaceAllHolding{.exit_if_not_selected = true};
  return policy;
}

struct Scenario {
  PipelinePolicy pipeline;
  const char* market;
  const char* signals = nullptr;  // column alpha
  SizerPolicy sizer = EqualWeightSizerPolicy{};
  ConstraintPolicy constraints = {.max_leverage = 10.0};
  FillPolicy fill_policy = FillPolicy::same_close;
};

SimulationResult result_of(const Scenario& run) {
  MarketData market = text_market(run.market);
  if (run.signals != nullptr) market.signals = text_signals(market, {"alpha"}, run.signals);
  Policy policy{.initial_cash = 1000, .strategy = run.pipeline, .sizer = run.sizer, .constraints = run.constraints};
  policy.broker.fill_policy = run.fill_policy;
  SimulationResult result;
  simulate(policy, market, {}, result);
  return result;
}

std::string fills(const Scenario& run) {
  return fills_text(result_of(run));
}

TEST(Pipeline, W6_OffScheduleOnlyTheExitTrades) {
  PipelinePolicy policy = pipeline_of(monthly);
  policy.exits.rules = {StopLossExit{.pct = 0.1}};
  EXPECT_EQ(fills({policy, "1 10 10\n2 20 10\n3 20 8\n4 20 8\n", "1 1\n1 1\n1 1\n1 1\n"}),
            "0 A +50 @ 10\n0 B +50 @ 10\n2 B -50 @ 8\n")
      << "A keeps its shares, what B frees stays in cash";
}

TEST(Pipeline, W4_AnExitBeatsASelectionAndTheNextBarMayEnterAgain) {
  PipelinePolicy policy = pipeline_of(daily);
  policy.exits.rules = {StopLossExit{.pct = 0.1}};
  EXPECT_EQ(fills({policy, "1 10\n2 5\n3 5\n", "1\n1\n1\n"}), "0 A +100 @ 10\n1 A -100 @ 5\n2 A +100 @ 5\n");
}

TEST(Pipeline, W4_CooldownBlocksThatManyBars) {
  PipelinePolicy policy = pipeline_of(daily);
  policy.exits.rules = {StopLossExit{.pct = 0.1}};
  policy.exits.cooldown_bars = 2;
  EXPECT_EQ(fills({policy, "1 10\n2 5\n3 5\n4 5\n5 5\n", "1\n1\n1\n1\n1\n"}),
            "0 A +100 @ 10\n1 A -100 @ 5\n4 A +100 @ 5\n");
}

// Rebalances and thin ones of a selection that wants two longs and two shorts.
std::pair<std::uint64_t, std::uint64_t> thin_selections(const char* signals, int short_n = 2) {
  PipelinePolicy policy = pipeline_of(daily);
  policy.selection = LongShortTopNSelection{.long_n = 2, .short_n = short_n};
  const SimulationResult result = result_of({policy, "1 10 10 10 10\n2 10 10 10 10\n3 10 10 10 10\n", signals});
  EXPECT_EQ(result.thin_selections.size(), 1u);
  return {result.thin_selections.at(0).rebalances, result.thin_selections.at(0).thin};
}

TEST(Pipeline, ASelectionThatFindsFewerThanHalfOfASideIsCountedAsThin) {
  using Counts = std::pair<std::uint64_t, std::uint64_t>;
  EXPECT_EQ(thin_selections("1 2 -1 -2\n1 2 -1 -2\n1 2 -1 -2\n"), Counts(3, 0));
  EXPECT_EQ(thin_selections("1 2 3 -2\n1 2 -1 -2\n1 2 -1 -2\n"), Counts(3, 0)) << "one of two is half";
  EXPECT_EQ(thin_selections("1 2 3 -2\n1 2 3 -2\n1 -2 -3 -4\n", 4), Counts(3, 2)) << "one of four, then three";
  EXPECT_EQ(thin_selections("1 2 3 4\n1 2 3 4\n1 2 3 4\n", 0), Counts(3, 0)) << "no short is wanted";
}

TEST(Pipeline, W22_StickyCooldownIsArmedWhenANameDropsOut) {
  PipelinePolicy policy = pipeline_of(daily, 1);
  policy.holding = StickyHolding{.keep_if_rank_within_multiple = 1.0, .reentry_cooldown_days = 1};
  // A drops out on bar 1, is best again on bar 2 (blocked) and on bar 3 (free).
  EXPECT_EQ(fills({policy, "1 10 10\n2 10 10\n3 10 10\n4 10 10\n", "2 1\n1 2\n2 1\n2 1\n"}),
            "0 A +100 @ 10\n1 A -100 @ 10\n1 B +100 @ 10\n2 B -100 @ 10\n3 A +100 @ 10\n");
}

TEST(Pipeline, W5_AScaleFreesCashWithEverySizer) {
  PipelinePolicy policy = pipeline_of(monthly);
  policy.exits.rules = {PartialExit{.days = 2, .fraction = 0.5}};
  const std::string halved = "0 A +100 @ 10\n1 A -50 @ 10\n";
  const LongShortScoreSizerPolicy long_only{.net_target = 1.0};
  for (const SizerPolicy& sizer :
       std::initializer_list<SizerPolicy>{EqualWeightSizerPolicy{}, long_only, FixedWeightSizerPolicy{{{"A", 1.0}}}}) {
    EXPECT_EQ(fills({policy, "1 10\n2 10\n3 10\n", "1\n1\n1\n", sizer}), halved);
    policy.schedule = daily;
    EXPECT_EQ(fills({policy, "1 10\n2 10\n3 10\n", "1\n1\n1\n", sizer}), halved) << "on schedule, and it stays";
    policy.schedule = monthly;
  }
}

TEST(Pipeline, W6_ARescaledNameGetsItsLastAllocationTimesItsScale) {
  PipelinePolicy policy = pipeline_of(monthly);
  policy.exits.rules = {PartialExit{.days = 2, .fraction = 0.5}};
  policy.exits.rules.push_back(StopLossExit{.pct = 0.5});
  // NAV doubles: half of the allocation of 1.0 of 2000 is the holding of 50 at 20.
  EXPECT_EQ(fills({policy, "1 10\n2 20\n", "1\n1\n"}), "0 A +100 @ 10\n1 A -50 @ 20\n");
}

TEST(Pipeline, W31_AReentryStartsAtFullScale) {
  PipelinePolicy policy = pipeline_of(daily);
  policy.exits.rules = {PartialExit{.days = 2, .fraction = 0.5}, TimeStopExit{.days = 3}};
  EXPECT_EQ(fills({policy, "1 10\n2 10\n3 10\n4 10\n", "1\n1\n1\n1\n"}),
            "0 A +100 @ 10\n1 A -50 @ 10\n2 A -50 @ 10\n3 A +100 @ 10\n");
}

TEST(Pipeline, W7_ASkippedRebalanceIsTriedAgain) {
  PipelinePolicy policy = pipeline_of(monthly);
  policy.postprocess = {EnforceMinCandidatesStep{2}};
  EXPECT_EQ(fills({policy, "1 10 -\n2 10 10\n3 10 10\n", "1 -\n1 1\n1 1\n"}), "1 A +50 @ 10\n1 B +50 @ 10\n");
}

TEST(Pipeline, W11_StopLossOfTheConstraintsIsARule) {
  Scenario run{pipeline_of(monthly), "1 10\n2 8\n", "1\n1\n"};
  run.constraints.stop_loss = 0.1;
  EXPECT_EQ(fills(run), "0 A +100 @ 10\n1 A -100 @ 8\n");
}

TEST(Pipeline, W22_ADecayingNameThatIsStoppedIsNotBoughtBack) {
  PipelinePolicy policy = pipeline_of(monthly);
  policy.holding = DecayHolding{};
  policy.exits.rules = {StopLossExit{.pct = 0.1}};
  // A is in the last selection when it is stopped; B's scale never changes.
  EXPECT_EQ(fills({policy, "1 10 10\n2 8 10\n3 8 10\n4 8 10\n", "1 1\n1 1\n1 1\n1 1\n"}),
            "0 A +50 @ 10\n0 B +50 @ 10\n1 A -50 @ 8\n");
}

TEST(Pipeline, CS9_DecayLetsGoStepByStep) {
  PipelinePolicy policy = pipeline_of({.frequency = Frequency::every_n_days, .n = 2}, 1);
  policy.holding = DecayHolding{.dropped_scale = 0.0, .decay_days = 2};
  Scenario run{policy, "1 10 10\n2 10 10\n3 10 10\n4 10 10\n5 10 10\n", "2 1\n2 1\n1 2\n1 2\n1 2\n"};
  // Dropped on bar 2 (both share the book), half on bar 3, gone on bar 4 with the whole to B.
  EXPECT_EQ(fills(run), "0 A +100 @ 10\n2 A -50 @ 10\n2 B +50 @ 10\n3 A -25 @ 10\n4 A -25 @ 10\n4 B +50 @ 10\n");
}

TEST(Pipeline, W26_ALongPickWithANegativeValueIsBought) {
  EXPECT_EQ(fills({pipeline_of(monthly, 1), "1 10 10\n", "-3 -1\n"}), "0 B +100 @ 10\n");
}

TEST(Pipeline, W27_NormalizingDropsAndTurnsNobody) {
  PipelinePolicy policy = pipeline_of(monthly);
  for (const NormalizeMethod method :
       {NormalizeMethod::zscore, NormalizeMethod::minmax, NormalizeMethod::rank_percentile}) {
    policy.postprocess = {NormalizeStep{method}};
    EXPECT_EQ(fills({policy, "1 10 10\n", "1 5\n"}), "0 A +50 @ 10\n0 B +50 @ 10\n");
    EXPECT_EQ(fills({policy, "1 10 10\n", "1 5\n", LongShortScoreSizerPolicy{.net_target = 1.0}}),
              "0 A +50 @ 10\n0 B +50 @ 10\n");
  }
}

TEST(Pipeline, STR8_AScoreOfZeroCloses) {
  PipelinePolicy policy = pipeline_of(daily);
  policy.selection = SignedSelection{};
  policy.holding = ReplaceAllHolding{.exit_if_not_selected = false};
  EXPECT_EQ(fills({policy, "1 10 10\n2 10 10\n3 10 10\n", "1 1\n0 .\n. .\n"}),
            "0 A +50 @ 10\n0 B +50 @ 10\n1 A -50 @ 10\n1 B +50 @ 10\n");
}

PipelinePolicy static_universe(Schedule schedule, std::vector<std::string> symbols, bool redistribute) {
  PipelinePolicy policy = pipeline_of(schedule);
  policy.universe.source = UniverseSource::listed;
  policy.universe.filters = {WhitelistFilter{symbols}};
  policy.scoring = ConstantScoring{};
  policy.selection = SignedSelection{};
  if (!redistribute) policy.cash_for_unlisted = std::move(symbols);
  return policy;
}

TEST(Pipeline, StaticUniverseKeepsCashForANameThatIsNotListedYet) {
  const char* market = "1 10 -\n2 10 10\n3 10 10\n";
  EXPECT_EQ(fills({static_universe(daily, {"A", "B"}, false), market}), "0 A +50 @ 10\n1 B +50 @ 10\n");
  EXPECT_EQ(fills({static_universe(daily, {"A", "B"}, true), market}), "0 A +100 @ 10\n1 A -50 @ 10\n1 B +50 @ 10\n");
}

TEST(Pipeline, StaticUniverseKeepsANameWithoutARowToday) {
  EXPECT_EQ(fills({static_universe(daily, {"A", "B"}, true), "1 10 10\n2 10 -\n3 10 10\n"}),
            "0 A +50 @ 10\n0 B +50 @ 10\n");
}

TEST(Pipeline, W7_OnceBuysWhenItCanAndNeverAgain) {
  PipelinePolicy policy = static_universe({.frequency = Frequency::once}, {"A"}, true);
  policy.universe.source = UniverseSource::prices;
  EXPECT_EQ(fills({policy, "1 -\n2 10\n3 20\n4 5\n"}), "1 A +100 @ 10\n");
}

TEST(Pipeline, W34_ASkipSendsNoOrdersAndTheScheduleMovesOn) {
  const KellySizerPolicy kelly{.mu_scale = 0.01, .kelly_fraction = 0.5};
  const SimulationResult result = result_of({pipeline_of({.frequency = Frequency::every_n_days, .n = 2}),
                                             "1 100\n2 110\n3 99\n4 108.9\n", "1\n1\n1\n1\n", kelly});
  EXPECT_EQ(result.optimizer_skips, 1u) << "bar 0; bar 2 has two rows";
  ASSERT_EQ(result.fills.size(), 1u);
  EXPECT_EQ(result.fills[0].bar, 2u);
}

TEST(Pipeline, CS12_TablesOfADecision) {
  PipelinePolicy policy = pipeline_of(monthly, 1);
  policy.exits.rules = {StopLossExit{.pct = 0.1}};
  policy.debug = {.record_intermediates = true, .record_reasons = true};
  const SimulationResult result = result_of({policy, "1 10 10\n2 10 10\n3 8 10\n", "2 1\n2 1\n2 1\n"});
  std::ostringstream text;
  for (const DebugRow& row : result.debug) {
    text << row.bar << " table " << static_cast<int>(row.table);
    if (row.marker) {
      text << " empty\n";
      continue;
    }
    text << ' ' << static_cast<char>('A' + row.instrument);
    if (!std::isnan(row.value)) text << ' ' << row.value;
    if (row.exit) text << " exit " << row.reasons;
    text << '\n';
  }
  EXPECT_EQ(text.str(),
            "0 table 0 A\n0 table 0 B\n0 table 1 A 2\n0 table 1 B 1\n0 table 2 A 2\n0 table 3 A 2\n0 table 4 A 2\n"
            "0 table 5 empty\n0 table 6 empty\n"
            "2 table 0 A\n2 table 0 B\n2 table 1 A 2\n2 table 1 B 1\n2 table 2 empty\n2 table 3 empty\n"
            "2 table 4 empty\n2 table 5 empty\n2 table 6 A exit long_stop_loss(0.1)\n");
}

TEST(Pipeline, TargetWeightsAreStoppedOutToo) {
  MarketData market = text_market("1 10 10\n2 8 10\n3 8 10\n");
  market.targets = {{{{0, {{0, 0.5}, {1, 0.5}}}, {2, {{0, 0.5}}}}}};
  Policy policy{.initial_cash = 1000, .strategy = TargetWeightsPolicy{}};
  policy.constraints.stop_loss = 0.1;
  policy.broker.fill_policy = FillPolicy::same_close;
  SimulationResult result;
  simulate(policy, market, {}, result);
  EXPECT_EQ(fills_text(result), "0 A +50 @ 10\n0 B +50 @ 10\n1 A -50 @ 8\n2 A +56.25 @ 8\n2 B -50 @ 10\n");
}

TEST(Pipeline, SZ10_CountsTheRebalancesAtWhichItsSizerHadNoRoom) {
  PipelinePolicy policy = pipeline_of(daily);
  policy.selection = LongShortTopNSelection{.long_n = 3, .short_n = 1};
  const SimulationResult result =
      result_of({policy, "1 10 10 10 10\n2 10 10 10 10\n3 10 10 10 10\n", "1 - - -\n1 2 3 -2\n1 2 - -\n",
                 EqualWeightSizerPolicy{.max_positions = 1}});
  ASSERT_EQ(result.sizer_cuts.size(), 2u);
  const SizerCut& longs = result.sizer_cuts[0];
  EXPECT_EQ(longs.limit, SizerLimit::max_positions);
  EXPECT_EQ(longs.leg, -1);
  EXPECT_EQ(longs.rebalances, 2u);
  EXPECT_EQ(longs.names_at_most, 2u);
  EXPECT_EQ(longs.first_bar, 1u);
  const SizerCut& shorts = result.sizer_cuts[1];
  EXPECT_EQ(shorts.limit, SizerLimit::holds_no_shorts);
  EXPECT_EQ(shorts.rebalances, 1u);
  EXPECT_EQ(shorts.names_at_most, 1u);
}

}  // namespace
}  // namespace backtest
