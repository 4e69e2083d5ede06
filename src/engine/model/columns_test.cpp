#include "engine/model/columns.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

using Names = std::vector<std::string>;

Policy policy_of(PipelinePolicy pipeline) {
  return Policy{.strategy = std::move(pipeline)};
}

TEST(Columns, PricesBesideTheFiveFieldsInLowerCase) {
  PipelinePolicy pipeline;
  pipeline.universe.filters = {MinPriceFilter{.column = "VWAP"}, MinPriceFilter{.column = "Close"},
                               MaxVolatilityFilter{}, MinDollarVolumeFilter{.price_column = "vwap"}};
  pipeline.scoring = PriceBreakoutScoring{.price_column = "mid"};
  pipeline.exits.rules = {TrailingMaExit{.days = 5, .price_column = "smooth"}};
  EXPECT_EQ(extra_price_columns_read(policy_of(pipeline)), (Names{"mid", "returns_1d", "smooth", "vwap"}));
  EXPECT_TRUE(signal_columns_read(policy_of(pipeline)).empty());
}

TEST(Columns, SignalsOfScoringsFiltersAndProviders) {
  PipelinePolicy pipeline;
  pipeline.universe.filters = {RequireSignalColumnsFilter{{"liquid"}}};
  pipeline.signals = TableSignals{{"alpha", "beta"}};
  const Scoring sum = WeightedSumScoring{.terms = {{"alpha"}, {"Beta"}}};
  pipeline.scoring = std::make_shared<const RankTransformScoring>(RankTransformScoring{.base = sum});
  EXPECT_EQ(signal_columns_read(policy_of(pipeline)), (Names{"Beta", "alpha", "beta", "liquid"}));
}

TEST(Columns, ComputedColumnsAreNotOfTheTable) {
  PipelinePolicy pipeline;
  pipeline.signals = ComputedSignals{{"breakout_score"}};
  pipeline.scoring = ColumnScoring{.column = "breakout_score"};
  EXPECT_TRUE(signal_columns_read(policy_of(pipeline)).empty());
}

TEST(Columns, OfEveryLeg) {
  PipelinePolicy first, second;
  first.scoring = ColumnScoring{.column = "b"};
  second.scoring = ColumnScoring{.column = "a"};
  CompositePolicy composite;
  for (const PipelinePolicy& pipeline : {first, second}) {
    LegPolicy leg;
    leg.strategy = pipeline;
    composite.legs.push_back(leg);
  }
  EXPECT_EQ(signal_columns_read(Policy{.strategy = composite}), (Names{"a", "b"}));
}

}  // namespace
}  // namespace backtest
