// Strategies, pipelines, composites and sizers as policies, by rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>

#include "spec/config_for_tests.hpp"

namespace backtest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

PipelinePolicy pipeline_of(std::string_view strategy) {
  return std::get<PipelinePolicy>(spec_of_strategy(strategy).policy.strategy);
}

PipelinePolicy configured(const std::string& stages) {
  return pipeline_of(
      "strategy:\n  type: configured\n  scoring: {type: constant}\n" +
      std::string(stages.find("selection:") == std::string::npos ? "  selection: {type: topn, topn: {n: 2}}\n" : "") +
      stages);
}

SizerPolicy sizer_of(const std::string& sizing) {
  return spec_with("sizing: " + sizing + "\n").policy.sizer;
}

TEST(ClassStrategies, EveryClassWithItsDefaults) {  // CFG-15, CFG-17
  for (const char* name : {"BuyAndHoldStrategy", "TopNSignalStrategy", "BreakoutStrategy", "LongShortTopNStrategy",
                           "EpisodicPivotStrategy", "StaticUniverseStrategy"}) {
    const Spec spec = spec_of_strategy("strategy: {class: " + std::string(name) + "}\n");
    EXPECT_EQ(spec.strategy_class, name);
    EXPECT_TRUE(std::holds_alternative<PipelinePolicy>(spec.policy.strategy)) << name;
  }
}

TEST(ClassStrategies, ParametersReachThePipeline) {
  const PipelinePolicy p = pipeline_of(
      "strategy: {class_name: LongShortTopNStrategy, parameters: {signal_column: fade, k_long: 0, k_short: 6,\n"
      "  long_if_high: false, trailing_ma_days: 8, partial_exit_days: 2, partial_exit_fraction: 0.4,\n"
      "  max_hold_days: 6, min_abs_score: 0.1}}\nconstraints: {allow_short: true}\n");
  EXPECT_EQ(std::get<ColumnScoring>(p.scoring).column, "fade");
  const auto& selection = std::get<LongShortTopNSelection>(p.selection);
  EXPECT_EQ(selection.short_n, 6);
  EXPECT_FALSE(selection.long_if_high);
  EXPECT_EQ(p.exits.rules.size(), 3U);
}

TEST(ClassStrategies, BreakdownColumn) {  // CFG-17: null disables, blank text is the default
  const auto column = [](const char* value) {
    const PipelinePolicy p = pipeline_of(
        "strategy: {class: BreakoutStrategy, parameters: {breakdown_score_column: " + std::string(value) + "}}\n");
    return std::get<BreakoutClassScoring>(p.scoring).breakdown_column;
  };
  EXPECT_EQ(column("null"), std::nullopt);
  EXPECT_EQ(column("''"), "breakdown_score");
  EXPECT_EQ(column("down"), "down");
}

TEST(ClassStrategies, RebalanceIsAWordDaysOrAMap) {  // STR-1, W-7, W-41
  const auto schedule = [](const std::string& value) {
    return pipeline_of("strategy: {class: TopNSignalStrategy, parameters: {rebalance: " + value + "}}\n").schedule;
  };
  EXPECT_EQ(schedule("daily").frequency, Frequency::daily);
  EXPECT_EQ(schedule("annually").frequency, Frequency::annually);
  EXPECT_EQ(schedule("5").frequency, Frequency::every_n_calendar_days);
  EXPECT_EQ(schedule("5").n, 5);
  EXPECT_EQ(schedule("{freq: every_n_days, every_n_days: 5}").frequency, Frequency::every_n_days);
  EXPECT_EQ(schedule("{freq: monthly, session: last}").session, PeriodSession::last);
  EXPECT_EQ(schedule("null").frequency, Frequency::daily);
  for (const char* wrong : {"0", "-1", "2.5", "true", "'5'", "hourly", "[daily]", "{freq: hourly}"}) {
    EXPECT_THAT(complaints(config_with("", "strategy: {class: TopNSignalStrategy, parameters: {rebalance: " +
                                               std::string(wrong) + "}}\n")),
                HasSubstr("strategy.parameters.rebalance"))
        << wrong;
  }
}

TEST(ClassStrategies, RebalanceHasOneFormInTheResolvedConfig) {
  const auto canonical = [](const std::string& value) {
    return spec_of_strategy("strategy: {class: TopNSignalStrategy, parameters: {rebalance: " + value + "}}\n")
        .canonical;
  };
  EXPECT_EQ(canonical("weekly"), canonical("{freq: weekly}"));
  EXPECT_EQ(canonical("7"), canonical("{freq: every_n_calendar_days, every_n_calendar_days: 7}"));
  EXPECT_NE(canonical("weekly"), canonical("7"));
}

TEST(TargetWeights, NamesItsTable) {
  const Spec spec = spec_with("sizing: {class: EqualWeightSizer}\n",
                              "strategy: {class: TargetWeightsStrategy, parameters: {path: targets.parquet}}\n");
  EXPECT_EQ(std::get<TargetWeightsPolicy>(spec.policy.strategy).table, 0U);
  EXPECT_THAT(spec.target_paths, ElementsAre("targets.parquet"));
  ASSERT_EQ(spec.warnings.size(), 1U);
  EXPECT_THAT(spec.warnings[0].text(), HasSubstr("sizing: has no effect"));
}

TEST(Configured, SiblingsWinOverParameters) {  // CFG-9.2
  const PipelinePolicy p = pipeline_of(
      "strategy:\n  type: configured\n  class: ConfiguredStrategy\n"
      "  parameters: {scoring: {type: column, column: a}, selection: {type: topn, topn: {n: 1}}}\n"
      "  scoring: {type: column, column: b}\n");
  EXPECT_EQ(std::get<ColumnScoring>(p.scoring).column, "b");
  EXPECT_EQ(std::get<TopNSelection>(p.selection).n, 1);
}

TEST(Configured, ClassWithParametersMeansTheSame) {  // CFG-9
  const Spec typed = spec_of_strategy(
      "strategy: {type: configured, scoring: {type: constant}, selection: {type: topn, topn: {n: 1}}}\n");
  const Spec classed = spec_of_strategy(
      "strategy: {class: ConfiguredStrategy, parameters: {selection: {type: topn, topn: {n: 1}},\n"
      "  scoring: {type: constant}}}\n");
  EXPECT_EQ(typed.strategy_class, "ConfiguredStrategy");
  EXPECT_EQ(typed.canonical, classed.canonical);
  EXPECT_THAT(complaints(config_with("",
                                     "strategy: {class: ConfiguredStrategy, scoring: {type: constant},\n"
                                     "  parameters: {selection: {type: topn}, scoring: {type: constant}}}\n")),
              HasSubstr("unknown key 'scoring'; a class takes its own keys under `parameters`"));
}

TEST(Configured, UniverseSourceFollowsTheSignals) {
  EXPECT_EQ(configured("").universe.source, UniverseSource::signals);
  std::string text = config_with("",
                                 "strategy: {type: configured, scoring: {type: constant},\n"
                                 "  selection: {type: topn, topn: {n: 1}}}\n");
  text.replace(text.find(", signal_path: signals.csv"), 26, "");
  EXPECT_EQ(std::get<PipelinePolicy>(parse_spec(text, "c.yaml").policy.strategy).universe.source,
            UniverseSource::prices);
}

TEST(Configured, HoldingPolicyAbsentEmptyOrNamed) {  // CS-1, CS-9
  const auto exits_unselected = [](const std::string& stage) {
    return std::get<ReplaceAllHolding>(configured(stage).holding).exit_if_not_selected;
  };
  EXPECT_FALSE(exits_unselected(""));
  EXPECT_FALSE(exits_unselected("  holding_policy: {}\n"));
  EXPECT_FALSE(exits_unselected("  holding_policy: null\n"));
  EXPECT_TRUE(exits_unselected("  holding_policy: {type: replace_all}\n"));
  EXPECT_FALSE(exits_unselected("  holding_policy: {type: replace_all, replace_all: {exit_if_not_selected: false}}\n"));
  const PipelinePolicy hybrid =
      configured("  holding_policy: {type: hybrid, hybrid: {base: sticky, overlay: decay}}\n");
  EXPECT_TRUE(std::holds_alternative<StickyHolding>(std::get<HybridHolding>(hybrid.holding).base));
}

TEST(Configured, ScheduleKeys) {  // CS-4
  const Schedule weekly = configured("  rebalance: {freq: weekly, weekday: wed}\n").schedule;
  EXPECT_EQ(weekly.frequency, Frequency::weekly);
  EXPECT_EQ(weekly.weekday, 3);
  EXPECT_EQ(configured("  rebalance: {freq: monthly, day_of_month: 31}\n").schedule.day_of_month, 31);
  EXPECT_EQ(configured("  rebalance: {freq: every_n_days, every_n_days: 3}\n").schedule.n, 3);
  EXPECT_EQ(configured("").schedule.weekday, std::nullopt);
}

TEST(Configured, FiltersAndExitsInTheirOrder) {  // CS-5, CS-10
  const PipelinePolicy p = configured(
      "  universe:\n    filters:\n    - {type: whitelist, symbols: [AAA, NO]}\n    - {type: min_price, value: 5}\n"
      "    - {type: min_dollar_volume, value: 1000000, price_col: vwap}\n    - {type: no_missing_prices, window: 3}\n"
      "    - {type: exchange_in, exchanges: [NYSE]}\n"
      "  exits:\n    precedence: first_match\n    cooldown_bars: 4\n    rules:\n"
      "    - {type: stop_loss, pct: 0.1, use_intraday_extremes: false}\n    - {type: trailing_stop, pct: 0.2}\n"
      "    - {type: partial_exit_after_days, days: 3, fraction: 0.5, once: false}\n");
  ASSERT_EQ(p.universe.filters.size(), 5U);
  EXPECT_THAT(std::get<WhitelistFilter>(p.universe.filters[0]).symbols, ElementsAre("AAA", "NO"));
  EXPECT_EQ(std::get<MinPriceFilter>(p.universe.filters[1]).value, 5.0);
  EXPECT_EQ(std::get<MinDollarVolumeFilter>(p.universe.filters[2]).price_column, "vwap");
  EXPECT_EQ(p.exits.precedence, ExitPrecedence::first_match);
  EXPECT_EQ(p.exits.cooldown_bars, 4);
  ASSERT_EQ(p.exits.rules.size(), 3U);
  EXPECT_FALSE(std::get<StopLossExit>(p.exits.rules[0]).use_intraday_extremes);
  EXPECT_FALSE(std::get<PartialExit>(p.exits.rules[2]).once);
}

Scoring scoring_of(const std::string& scoring) {
  return pipeline_of("strategy: {type: configured, selection: {type: topn, topn: {n: 1}}, scoring: " + scoring + "}\n")
      .scoring;
}

TEST(Configured, Scorings) {  // CS-7, W-8
  EXPECT_EQ(std::get<ColumnScoring>(scoring_of("{type: column, column: x, fillna: mean}")).fill, FillMissing::mean);
  const auto sum = std::get<WeightedSumScoring>(
      scoring_of("{type: weighted_sum, normalize: zscore, terms: [{column: a}, {column: b, weight: -2}]}"));
  EXPECT_EQ(sum.terms[0].weight, 1.0);
  EXPECT_EQ(sum.terms[1].weight, -2.0);
  EXPECT_TRUE(std::get<MaxOfScoring>(scoring_of("{type: max_of, scores: [{type: negate_column, column: a}]}"))
                  .scores[0]
                  .negate);
  const auto ranks = std::get<std::shared_ptr<const RankTransformScoring>>(
      scoring_of("{type: rank_transform, base: {type: rank_transform, base: {type: momentum, lookback: 5, skip: 1}}}"));
  EXPECT_TRUE(ranks->ascending);
  const auto& inner = std::get<std::shared_ptr<const RankTransformScoring>>(ranks->base);
  EXPECT_EQ(std::get<MomentumScoring>(inner->base).skip, 1);
  EXPECT_FALSE(std::get<PriceBreakoutScoring>(scoring_of("{type: price_breakout, scale: none}")).percent_scale);
  EXPECT_EQ(std::get<ConstantScoring>(scoring_of("{type: constant, value: 2}")).value, 2.0);
  EXPECT_EQ(std::get<EpisodicPivotScoring>(
                scoring_of("{type: episodic_pivot_heuristic, inputs: {gap_col: g}, params: {min_gap: 0.1}}"))
                .gap_column,
            "g");
}

TEST(Configured, NullMinScoreIsNone) {  // CS-8
  EXPECT_EQ(std::get<TopNSelection>(configured("  selection: {type: topn, topn: {n: 1, min_score: null}}\n").selection)
                .min_score,
            std::nullopt);
  EXPECT_EQ(std::get<TopNSelection>(configured("  selection: {type: topn, topn: {n: 1}}\n").selection).min_score, 0.0);
}

TEST(Composite, LegsShareOrBringTheirSizer) {  // CMP-1, CFG-16, W-32
  const Spec spec = spec_with(
      "sizing: {class: EqualWeightSizer, parameters: {max_positions: 3}}\n",
      "strategy:\n  type: composite\n  blend: {method: sum, normalize_final: gross, target_gross: 0.9}\n  legs:\n"
      "  - {weight: 0.6, strategy: {class: TopNSignalStrategy}, normalize_leg: NET, target_net: 0.5}\n"
      "  - {name: ' b ', alpha: 0.4, strategy: {type: configured, scoring: {type: constant},\n"
      "      selection: {type: topn, topn: {n: 1}}}, sizer: {class: KellySizer, parameters: {mu_scale: 1}}}\n"
      "  - {name: t, weight: 1, enabled: false,\n"
      "     strategy: {class: TargetWeightsStrategy, parameters: {path: t.csv}}}\n");
  const auto& composite = std::get<CompositePolicy>(spec.policy.strategy);
  ASSERT_EQ(composite.legs.size(), 3U);
  EXPECT_EQ(composite.normalize_final, WeightNormalization::gross);
  EXPECT_EQ(composite.target_gross, 0.9);
  EXPECT_EQ(composite.legs[0].name, "leg1");
  EXPECT_EQ(composite.legs[0].normalize, WeightNormalization::net);
  EXPECT_EQ(std::get<EqualWeightSizerPolicy>(composite.legs[0].sizer).max_positions, 3);
  EXPECT_EQ(composite.legs[1].name, "b");
  EXPECT_EQ(composite.legs[1].weight, 0.4);
  EXPECT_TRUE(std::holds_alternative<KellySizerPolicy>(composite.legs[1].sizer));
  EXPECT_FALSE(composite.legs[2].enabled);
  EXPECT_THAT(spec.target_paths, ElementsAre("t.csv"));
  EXPECT_EQ(spec.strategy_class, "CompositeStrategy");
}

TEST(Composite, SpellingsDoNotChangeTheCanonicalForm) {
  const auto canonical = [](const std::string& weight, const std::string& sizer) {
    return spec_of_strategy("strategy: {type: composite, legs: [{name: a, " + weight +
                            ": 1, strategy: {class: TopNSignalStrategy}, " + sizer + ": {class: EqualWeightSizer}}]}\n")
        .canonical;
  };
  EXPECT_EQ(canonical("weight", "sizing"), canonical("alpha", "sizer"));
  EXPECT_THAT(complaints(config_with("",
                                     "strategy: {type: composite, legs: [{weight: 1, alpha: 1,\n"
                                     "  strategy: {class: TopNSignalStrategy}}]}\n")),
              HasSubstr("stands beside 'weight'"));
}

TEST(Sizers, EveryOne) {  // CFG-18, decisions
  EXPECT_EQ(std::get<EqualWeightSizerPolicy>(sizer_of("{class: EqualWeightSizer, parameters: {max_positions: 4}}"))
                .max_positions,
            4);
  EXPECT_EQ(std::get<LongShortScoreSizerPolicy>(
                sizer_of("{class: LongShortScoreSizer, parameters: {weight_mode: SCORE, net_target: -1}}"))
                .weight_mode,
            WeightMode::score);
  const auto kelly = std::get<KellySizerPolicy>(
      sizer_of("{class_name: KellySizer, parameters: {mu_scale: 0.01, covariance: ledoit_wolf}}"));
  EXPECT_EQ(kelly.covariance, Covariance::ledoit_wolf);
  EXPECT_EQ(kelly.lookback_days, 20);
  EXPECT_EQ(std::get<OptimizationSizerPolicy>(sizer_of("{class: OptimizationSizer}")).lookback_days, 252);
  const auto fixed = std::get<FixedWeightSizerPolicy>(
      sizer_of("{class: FixedWeightSizer, parameters: {weights: {BBB: 0.4, AAA: 0.6}}}"));
  EXPECT_THAT(fixed.weights, ElementsAre(testing::Pair("BBB", 0.4), testing::Pair("AAA", 0.6)));
}

}  // namespace
}  // namespace backtest
