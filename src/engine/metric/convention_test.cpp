// What a year is, what a loss is, what is risk-free.
#include "engine/metric/convention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/metric/record_for_tests.hpp"
#include "engine/metric/summary.hpp"

namespace backtest {
namespace {

using testing::Contains;
using testing::HasSubstr;

// `count` dates, `gaps` days apart in turn.
std::vector<Date> dates_with_gaps(const std::vector<int>& gaps, std::size_t count) {
  std::vector<Date> dates{make_date(2024, 1, 1)};  // a Monday
  while (dates.size() < count) {
    dates.push_back(Date{dates.back().days + gaps[(dates.size() - 1) % gaps.size()]});
  }
  return dates;
}

struct Calendar {
  const char* name;
  std::vector<int> gaps;
  std::size_t count;
  double expected;
  bool is_known = true;
};

class BarsOfAYear : public testing::TestWithParam<Calendar> {};

TEST_P(BarsOfAYear, FollowFromTheLowerMedianOfTheGaps) {
  const Calendar& calendar = GetParam();
  const BarsPerYear found = bars_per_year_of(dates_with_gaps(calendar.gaps, calendar.count));
  EXPECT_NEAR(found.value, calendar.expected, 1e-12);
  EXPECT_EQ(found.is_known_calendar, calendar.is_known);
}

INSTANTIATE_TEST_SUITE_P(
    Metric, BarsOfAYear,
    testing::Values(Calendar{"one_bar", {1}, 1, 252}, Calendar{"weekdays", {1, 1, 1, 1, 3}, 500, 252},
                    Calendar{"every_day", {1}, 500, 365}, Calendar{"six_days_a_week", {1, 1, 1, 1, 1, 2}, 500, 252},
                    Calendar{"every_day_but_for_a_few", {1, 1, 1, 1, 1, 1, 1, 1, 2}, 500, 365},  // 90 % of the days
                    Calendar{"too_many_missing", {1, 1, 2, 1, 1, 2, 1, 1, 1, 2}, 500, 252},      // 77 %
                    Calendar{"every_fourth_day", {4}, 100, 252}, Calendar{"weeks", {7}, 100, 52},
                    Calendar{"gap_5", {5}, 9, 52}, Calendar{"gap_9", {9}, 9, 52},
                    Calendar{"months", {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}, 40, 12},
                    Calendar{"quarters", {91, 91, 92, 92}, 12, 4}, Calendar{"years", {366, 365, 365, 365}, 5, 1},
                    Calendar{"lower_median_of_two", {7, 30}, 3, 52}, Calendar{"gap_10", {10}, 11, 365.25 / 10, false},
                    Calendar{"half_years", {182}, 5, 365.25 / 182, false}),
    [](const auto& info) { return info.param.name; });

TEST(Convention, EveryAnnualNumberUsesIt) {
  Recorded run = record_of(100.0, {100, 110, 99, 120});
  run.result.bars[1].turnover = 0.5;
  Policy policy = with_cash(100.0);
  const Summary daily = summarize(run.result, run.market, policy);
  policy.metrics.bars_per_year = 63.0;  // a quarter of 252: deviations halve
  const Summary quarter = summarize(run.result, run.market, policy);
  EXPECT_EQ(daily.convention.bars_per_year, 252.0);
  EXPECT_TRUE(quarter.convention.bars_per_year_is_given);
  EXPECT_NEAR(quarter.annualized_volatility, daily.annualized_volatility / 2, 1e-15);
  EXPECT_NEAR(*quarter.sharpe_ratio, *daily.sharpe_ratio / 2, 1e-15);
  EXPECT_NEAR(*quarter.sortino_ratio, *daily.sortino_ratio / 2, 1e-15);
  EXPECT_NEAR(*quarter.annualized_return, std::pow(1.2, 21) - 1, 1e-12);
  EXPECT_NEAR(*quarter.turnover_annual, *daily.turnover_annual / 4, 1e-15);
}

TEST(Convention, LessThanAYearIsSaid) {
  Recorded run = record_of(100.0, {100, 110});
  run.market.prices.dates = {make_date(2020, 1, 1), make_date(2020, 12, 25)};  // 359 days
  Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_FALSE(summary.convention.spans_a_year());
  EXPECT_THAT(summary.warnings, Contains(HasSubstr("annualized_return extrapolates 359 days")));
  run.market.prices.dates[1] = make_date(2020, 12, 26);
  summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_TRUE(summary.convention.spans_a_year());
  EXPECT_NEAR(*summary.annualized_return, 0.1, 1e-15);
}

TEST(Rounding, IsNeverALoss) {
  // 1e-13 below the peak, again and again.
  const Recorded run = record_of(100.0, {100, 110, 110 - 1e-11, 110, 110 - 2e-11, 110});
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_EQ(summary.max_drawdown, 0.0);
  EXPECT_TRUE(summary.drawdowns.empty());
  EXPECT_FALSE(summary.calmar_ratio || summary.sortino_ratio || summary.statistics.omega_ratio);
  EXPECT_EQ(summary.statistics.winning_days, 1.0);
}

TEST(Rounding, AFallOfAMillionthOfAMillionthAndMoreIsOne) {
  const Recorded run = record_of(100.0, {100, 100 - 3e-10});
  EXPECT_LT(summarize(run.result, run.market, with_cash(100.0)).max_drawdown, -2.9e-12);
}

TEST(RiskFree, ARateIsTakenFromReturnsByCalendarDays) {
  Recorded run = record_of(100.0, {100, 101, 103.02});
  run.market.prices.dates[2] = Date{run.market.prices.dates[1].days + 3};
  Policy policy = with_cash(100.0);
  policy.metrics.risk_free_rate = 0.73;  // 0.002 a day: excess 0.008, 0.014
  const Summary summary = summarize(run.result, run.market, policy);
  EXPECT_NEAR(*summary.sharpe_ratio, 0.011 / 0.003 * std::sqrt(252.0), 1e-9);
  EXPECT_NEAR(summary.annualized_volatility, 0.005 * std::sqrt(252.0), 1e-12) << "of returns, not of excess returns";
}

TEST(RiskFree, PricesEarnWhatTheyGrow) {
  Recorded run = record_of(100.0, {100, 102, 99});
  run.market.risk_free = {50, 51, 49.5};
  Policy policy = with_cash(100.0);
  policy.metrics.risk_free_series = RiskFreeSeries::prices;
  const Summary summary = summarize(run.result, run.market, policy);
  EXPECT_FALSE(summary.sharpe_ratio || summary.sortino_ratio);
}

TEST(Ddof, OneDividesByOneLess) {
  const Recorded run = record_of(100.0, {100, 110, 99, 120});
  Policy policy = with_cash(100.0);
  const Summary population = summarize(run.result, run.market, policy);
  policy.metrics.ddof = 1;
  const Summary sample = summarize(run.result, run.market, policy);
  EXPECT_NEAR(sample.annualized_volatility, population.annualized_volatility * std::sqrt(1.5), 1e-14);
  EXPECT_NEAR(*sample.sharpe_ratio, *population.sharpe_ratio / std::sqrt(1.5), 1e-14);
  EXPECT_EQ(*sample.sortino_ratio, *population.sortino_ratio);
  const Recorded single = record_of(100.0, {100, 110});
  EXPECT_EQ(summarize(single.result, single.market, policy).annualized_volatility, 0.0);
}

}  // namespace
}  // namespace backtest
