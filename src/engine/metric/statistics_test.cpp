#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/metric/record_for_tests.hpp"
#include "engine/metric/summary.hpp"

namespace backtest {
namespace {

using testing::Contains;
using testing::HasSubstr;

// NAVs whose returns from the second bar on are these.
std::vector<double> navs_of(const std::vector<double>& returns) {
  std::vector<double> navs{100.0};
  for (const double value : returns) navs.push_back(navs.back() * (1.0 + value));
  return navs;
}

ReturnStatistics statistics_of(const std::vector<double>& returns) {
  const Recorded run = record_of(100.0, navs_of(returns));
  return summarize(run.result, run.market, with_cash(100.0)).statistics;
}

TEST(Statistics, ShapeIsCorrectedForBias) {
  // pandas: Series([.01, -.02, .03, .04, -.01, .05]).skew(), .kurt()
  const ReturnStatistics found = statistics_of({0.01, -0.02, 0.03, 0.04, -0.01, 0.05});
  EXPECT_NEAR(*found.skewness, -0.22359101028860015, 1e-13);
  EXPECT_NEAR(*found.kurtosis, -1.8636885952312552, 1e-13);
}

TEST(Statistics, TailsAreHistorical) {
  std::vector<double> returns(21);
  std::iota(returns.begin(), returns.end(), -5.0);  // -5 .. 15
  for (double& value : returns) value /= 100.0;
  const ReturnStatistics found = statistics_of(returns);
  EXPECT_NEAR(*found.value_at_risk, -0.04, 1e-12) << "5 % of 20 gaps is one";
  EXPECT_NEAR(*found.conditional_value_at_risk, -0.045, 1e-12) << "the mean of the two worst";
  EXPECT_NEAR(*found.tail_ratio, 0.14 / 0.04, 1e-10);
  EXPECT_NEAR(*found.omega_ratio, 120.0 / 15.0, 1e-10);
  EXPECT_NEAR(*found.gain_to_pain_ratio, 105.0 / 15.0, 1e-10);
  EXPECT_NEAR(*found.best_day, 0.15, 1e-12);
  EXPECT_NEAR(*found.worst_day, -0.05, 1e-12);
  EXPECT_NEAR(*found.winning_days, 0.75, 1e-12) << "a flat day is neither";
}

TEST(Statistics, StreaksKellyAndOrder) {
  // quantstats.stats: consecutive_wins 2, consecutive_losses 1, kelly_criterion; pandas: Series.autocorr()
  const ReturnStatistics found = statistics_of({0.01, -0.02, 0.03, 0.04, -0.01, 0.05});
  EXPECT_EQ(found.longest_winning_streak, 2u);
  EXPECT_EQ(found.longest_losing_streak, 1u);
  EXPECT_NEAR(*found.kelly_fraction, 2.0 / 3.0 - 1.0 / 3.0 * 0.015 / 0.0325, 1e-12);
  EXPECT_NEAR(*found.autocorrelation, -0.4407836723798168, 1e-12);
  EXPECT_EQ(statistics_of({0.01, 0.02, 0.03}).kelly_fraction, std::nullopt) << "no bar lost";
}

TEST(Statistics, ChanceOfASharpeRatioAboveZero) {
  // Bailey and Lopez de Prado 2012, with scipy's normal distribution.
  const ReturnStatistics found = statistics_of({0.01, -0.02, 0.03, 0.04, -0.01, 0.05});
  EXPECT_NEAR(*found.probabilistic_sharpe_ratio, 0.9117257361758024, 1e-12);
}

TEST(Statistics, DrawdownsAreCountedInDaysAndBars) {
  // A dip from day 0 to 2, one from day 3 on: 3 of 6 bars are below a peak.
  const Recorded run = record_of(100.0, {100, 90, 100, 110, 99, 104.5});
  const ReturnStatistics found = summarize(run.result, run.market, with_cash(100.0)).statistics;
  EXPECT_NEAR(*found.average_drawdown, -0.1, 1e-15);
  EXPECT_EQ(found.longest_drawdown_days, 2);
  EXPECT_DOUBLE_EQ(found.time_under_water, 0.5);
  EXPECT_THAT(found.average_drawdown_days, testing::Optional(2.0));
  EXPECT_NEAR(*found.recovery_factor, 0.045 / 0.1, 1e-12);
  EXPECT_NEAR(*found.ulcer_index, std::sqrt((0.01 + 0.01 + 0.0025) / 5), 1e-15);
}

TEST(Statistics, PeriodsAndTrailingYears) {
  Recorded run = record_of(100.0, {100, 110, 121, 133.1, 66.55});
  run.market.prices.dates = {make_date(2020, 2, 29), make_date(2021, 2, 28), make_date(2022, 2, 28),
                             make_date(2023, 2, 28), make_date(2023, 12, 29)};
  Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_NEAR(*summary.statistics.year_to_date, 66.55 / 121 - 1, 1e-14);
  EXPECT_NEAR(*summary.statistics.trailing_1_year, 66.55 / 121 - 1, 1e-14) << "the last bar on or before 2022-12-29";
  EXPECT_NEAR(*summary.statistics.trailing_3_years, std::pow(66.55 / 100, 1.0 / 3) - 1, 1e-14);
  EXPECT_FALSE(summary.statistics.trailing_5_years);
  EXPECT_NEAR(*summary.statistics.best_year, 0.1, 1e-14);
  EXPECT_NEAR(*summary.statistics.worst_year, 66.55 / 121 - 1, 1e-14);
  EXPECT_DOUBLE_EQ(*summary.statistics.winning_years, 2.0 / 3) << "2020 was flat";
  run.market.prices.dates[4] = make_date(2025, 2, 22);  // five years before: a week ahead of the first bar
  summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_NEAR(*summary.statistics.trailing_5_years, std::pow(0.6655, 0.2) - 1, 1e-14) << "from initial cash";
}

TEST(Statistics, WhatIsUndefinedSaysSo) {
  const Recorded run = record_of(100.0, {100, 100, 100});
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_FALSE(summary.statistics.skewness || summary.statistics.tail_ratio || summary.statistics.winning_days);
  for (const char* name : {"skewness and kurtosis", "omega_ratio and gain_to_pain_ratio", "tail_ratio", "winning_days"})
    EXPECT_THAT(summary.warnings, Contains(HasSubstr(name)));
}

}  // namespace
}  // namespace backtest
