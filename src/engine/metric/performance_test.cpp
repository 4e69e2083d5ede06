#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/metric/record_for_tests.hpp"
#include "engine/metric/summary.hpp"

namespace backtest {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Performance, Met8ReferenceExample) {
  // BRK-11's account over opens and closes 100 .. 107.
  const Recorded run =
      record_of(1000.0, {1000.0, 998.3994000000001, 1008.2978300993699, 1018.1831239470537, 1028.0683970282867,
                         1037.9536700766882, 1047.8389431250378, 1057.7242161733873});
  Policy policy = with_cash(1000.0);
  policy.metrics.bars_per_year = 252.0;  // the bars fall on every day of the week
  const Summary summary = summarize(run.result, run.market, policy);
  EXPECT_DOUBLE_EQ(summary.final_nav, 1057.7242161733873);
  EXPECT_NEAR(summary.max_drawdown, -0.001600599999999841, 1e-15);
  EXPECT_NEAR(summary.annualized_volatility, 0.06263464365376381, 1e-14);
  ASSERT_TRUE(summary.sharpe_ratio);
  EXPECT_NEAR(*summary.sharpe_ratio, 32.41629813921613, 1e-10);
}

struct Case {
  const char* name;
  std::vector<double> navs;
  OptionalNumber annualized_return, sharpe_ratio, sortino_ratio, calmar_ratio;
  double volatility = 0.0;
};

class ByHand : public testing::TestWithParam<Case> {};

void expect_number(OptionalNumber actual, OptionalNumber expected, const char* what) {
  ASSERT_EQ(actual.has_value(), expected.has_value()) << what;
  if (expected) EXPECT_NEAR(*actual, *expected, 1e-12 * std::max(1.0, std::abs(*expected))) << what;
}

TEST_P(ByHand, RatiosFollowTheirDefinitions) {
  const Case& expected = GetParam();
  const Recorded run = record_of(100.0, expected.navs);
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  expect_number(summary.annualized_return, expected.annualized_return, "annualized_return");
  expect_number(summary.sharpe_ratio, expected.sharpe_ratio, "sharpe_ratio");
  expect_number(summary.sortino_ratio, expected.sortino_ratio, "sortino_ratio");
  expect_number(summary.calmar_ratio, expected.calmar_ratio, "calmar_ratio");
  EXPECT_NEAR(summary.annualized_volatility, expected.volatility, 1e-12);
  for (const auto& [number, name] :
       {std::pair{summary.annualized_return, "annualized_return"}, std::pair{summary.sharpe_ratio, "sharpe_ratio"},
        std::pair{summary.sortino_ratio, "sortino_ratio"}, std::pair{summary.calmar_ratio, "calmar_ratio"}}) {
    if (!number) EXPECT_THAT(summary.warnings, Contains(HasSubstr(name))) << "W-19: null comes with a warning";
  }
}

const double root = std::sqrt(252.0);

INSTANTIATE_TEST_SUITE_P(
    Metric, ByHand,
    testing::Values(
        // r = +0.1, -0.1: mean 0, std0 0.1; total -0.01 in two periods: 0.99^126 - 1; downside sqrt(0.01/2)
        Case{"up_then_down",
             {100, 110, 99},
             std::pow(0.99, 126) - 1,
             0.0,
             0.0,
             (std::pow(0.99, 126) - 1) / 0.1,
             0.1 * root},
        // r = -0.2, +0.5: mean 0.15, std0 0.35, downside sqrt(0.04/2); total 0.2: 1.2^126 - 1
        Case{"down_then_up",
             {100, 80, 120},
             std::pow(1.2, 126) - 1,
             0.15 / 0.35 * root,
             0.15 / std::sqrt(0.02) * root,
             (std::pow(1.2, 126) - 1) / 0.2,
             0.35 * root},
        // W-19: constant returns differ by rounding alone
        Case{"constant_growth", {100, 101, 102.01, 103.0301}, std::pow(1.030301, 84) - 1, {}, {}, {}, 0.0},
        Case{"flat", {100, 100, 100}, 0.0, {}, {}, {}, 0.0},
        // MET-2: no period, no annualisation
        Case{"one_bar", {100}, 0.0, {}, {}, {}, 0.0},
        // MET-2: 20^252 is no double
        Case{"overflow", {100, 2000}, {}, {}, {}, {}, 0.0},
        // MET-2: a negative base has no fractional power
        Case{"more_than_all",
             {100, 100, -50},
             {},
             (-0.75 / 0.75) * root,
             (-0.75 / std::sqrt(1.125)) * root,
             {},
             0.75 * root}),
    [](const auto& info) { return info.param.name; });

TEST(Performance, NothingIsUndefinedInAnOrdinaryRun) {
  const Recorded run = record_of(100.0, {100, 90, 120, 110});
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_THAT(summary.warnings, Not(Contains(HasSubstr("ratio is undefined: "))));
}

}  // namespace
}  // namespace backtest
