#include "engine/market/cross_section.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace backtest {
namespace {

using testing::ElementsAre;

TEST(CrossSection, Num13_TiesShareTheirMeanRank) {
  std::vector<std::size_t> order;
  std::vector<double> values = {3.0, 1.0, 3.0, 2.0};
  to_average_ranks(values, order);
  EXPECT_THAT(values, ElementsAre(3.5, 1.0, 3.5, 2.0));
  values = {5.0, 5.0, 1.0, 9.0};
  to_dense_ranks(values, order);
  EXPECT_THAT(values, ElementsAre(2.0, 2.0, 1.0, 3.0));
  values = {10.0, 20.0};
  to_rank_percentiles(values, order);
  EXPECT_THAT(values, ElementsAre(0.5, 1.0));
}

TEST(CrossSection, FlatValuesHaveNoSpread) {
  std::vector<double> values(3, 0.1);
  to_zscores(values);
  EXPECT_THAT(values, ElementsAre(0.0, 0.0, 0.0));
  values = {4.0, 4.0};
  to_unit_range(values);
  EXPECT_THAT(values, ElementsAre(0.0, 0.0));
}

TEST(CrossSection, ZscoresUseTheDeviationOfAll) {
  std::vector<double> values = {1.0, 3.0};
  to_zscores(values);
  EXPECT_THAT(values, ElementsAre(-1.0, 1.0));
  values = {2.0, 4.0, 3.0};
  to_unit_range(values);
  EXPECT_THAT(values, ElementsAre(0.0, 1.0, 0.5));
}

TEST(CrossSection, Num5_Quantile) {
  const std::vector<double> values = {1.0, 2.0, 4.0, 8.0};
  EXPECT_EQ(quantile_of(values, 0.0), 1.0);
  EXPECT_EQ(quantile_of(values, 1.0), 8.0);
  EXPECT_EQ(quantile_of(values, 0.5), 3.0);
  EXPECT_DOUBLE_EQ(quantile_of(values, 0.9), 8.0 - 4.0 * 0.3);
  EXPECT_EQ(quantile_of(std::vector<double>{7.0}, 0.3), 7.0);
}

}  // namespace
}  // namespace backtest
