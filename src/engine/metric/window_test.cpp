// Returns between two days, by calendar period and against a benchmark's own series: tables computed by hand.
#include "engine/metric/window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/metric/holding_weight.hpp"
#include "engine/metric/period_cost.hpp"
#include "engine/metric/record_for_tests.hpp"
#include "engine/metric/return_spread.hpp"
#include "engine/metric/value_series.hpp"

namespace backtest {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Optional;

TEST(WindowReturn, RunsFromTheLastCloseOnOrBeforeEachDay) {
  const Recorded run = record_of(100.0, {100, 110, 99, 104.5, 121});  // 2020-01-30 .. 2020-02-03
  const auto window = [&](Date first, Date last) { return window_return(run.result, run.market.prices, first, last); };
  const auto found = window(make_date(2020, 1, 31), make_date(2020, 2, 2));
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->value, 104.5 / 110 - 1, 1e-15);
  EXPECT_NEAR(found->max_drawdown, -0.1, 1e-15) << "from the first close of the window";
  EXPECT_FALSE(window(make_date(2020, 1, 29), make_date(2020, 2, 2))) << "begins before the run";
  EXPECT_FALSE(window(make_date(2020, 1, 31), make_date(2020, 2, 4))) << "ends after the run";
}

TEST(TrailingReturn, OfMonthsEndsOfMonthsAndShortRuns) {
  std::vector<double> navs(100);
  std::iota(navs.begin(), navs.end(), 101.0);  // 2020-01-30 .. 2020-05-08
  const Recorded run = record_of(100.0, navs);
  const auto months = [&](int count) { return trailing_return(run.result, run.market.prices, 100.0, count); };
  EXPECT_THAT(months(1), Optional(DoubleNear(200.0 / 170.0 - 1, 1e-15))) << "since 2020-04-08, the 70th bar";
  EXPECT_THAT(months(3), Optional(DoubleNear(200.0 / 110.0 - 1, 1e-15))) << "since 2020-02-08";
  EXPECT_EQ(months(6), std::nullopt);
}

TEST(PeriodReturns, OfWeeksFollowTheIsoCalendar) {
  const Recorded run = record_of(100.0, {101, 102, 103, 104, 105});  // a Thursday to a Monday
  const auto weeks = period_returns(run.result, run.market.prices, 100.0, Period::week);
  ASSERT_EQ(weeks.size(), 2u);
  EXPECT_EQ(weeks[0].period, 5);
  EXPECT_NEAR(weeks[0].value, 0.04, 1e-15);
  EXPECT_EQ(weeks[1].period, 6);
  EXPECT_NEAR(weeks[1].value, 105.0 / 104 - 1, 1e-15);
}

TEST(ReturnSpread, QuantilesMeansAndWinners) {
  const ReturnSpread spread = spread_of({0.10, -0.10, 0.0, 0.20, -0.20});
  EXPECT_EQ(spread.count, 5u);
  EXPECT_DOUBLE_EQ(spread.worst, -0.20);
  EXPECT_DOUBLE_EQ(spread.low, -0.18);
  EXPECT_DOUBLE_EQ(spread.lower_quarter, -0.10);
  EXPECT_DOUBLE_EQ(spread.median, 0.0);
  EXPECT_DOUBLE_EQ(spread.high, 0.18);
  EXPECT_DOUBLE_EQ(spread.best, 0.20);
  EXPECT_THAT(spread.mean, Optional(DoubleNear(std::pow(1.1 * 0.9 * 1.2 * 0.8, 0.2) - 1, 1e-15)));
  EXPECT_THAT(spread.mean_gain, Optional(DoubleNear(0.15, 1e-15)));
  EXPECT_THAT(spread.mean_loss, Optional(DoubleNear(-0.15, 1e-15)));
  EXPECT_THAT(spread.winning, Optional(0.5)) << "a flat one is neither";
  EXPECT_EQ(spread_of({-1.5, 0.1}).mean, std::nullopt) << "more than all was lost";
}

TEST(PeriodCosts, AreOfTheNavThatThePeriodBeganWith) {
  Recorded run = record_of(100.0, {200, 250, 300, 400});  // two bars of January, two of February
  run.result.bars[0].turnover = 1.0;
  run.result.bars[0].commission = 2.0;
  run.result.bars[2].turnover = 0.5;
  run.result.bars[3].slippage_cost = 5.0;
  const auto months = period_costs(run.result, run.market.prices, 100.0, Period::month);
  ASSERT_EQ(months.size(), 2u);
  EXPECT_DOUBLE_EQ(months[0].turnover, 0.5) << "one-way";
  EXPECT_THAT(months[0].commission_share, Optional(0.02));
  EXPECT_DOUBLE_EQ(months[1].turnover, 0.25);
  EXPECT_THAT(months[1].slippage_share, Optional(5.0 / 250.0));
}

TEST(WeightHistory, NamesTheLargestAndSumsTheOthersBySide) {
  Recorded run = record_of(100.0, {100, 200});
  run.result.holdings = {{.instrument = 0, .shares = 1, .mark = 10},  {.instrument = 1, .shares = 2, .mark = 20},
                         {.instrument = 0, .shares = 1, .mark = 20},  {.instrument = 1, .shares = -1, .mark = 50},
                         {.instrument = 3, .shares = -1, .mark = 10}, {.instrument = 4, .shares = 1, .mark = missing}};
  run.result.holdings_begin = {0, 2, 6};
  const std::size_t rows[] = {0, 1};
  const WeightHistory history = weight_history(run.result, rows, 1);
  EXPECT_THAT(history.instruments, ElementsAre(1u));
  EXPECT_THAT(history.rows[0].named, ElementsAre(0.4));
  EXPECT_DOUBLE_EQ(history.rows[0].other_long, 0.1);
  EXPECT_THAT(history.rows[1].named, ElementsAre(-0.25));
  EXPECT_DOUBLE_EQ(history.rows[1].other_long, 0.1);
  EXPECT_DOUBLE_EQ(history.rows[1].other_short, -0.05);
  EXPECT_DOUBLE_EQ(history.rows[1].largest, 0.25);
  EXPECT_EQ(history.rows[1].positions, 4u);
}

TEST(ValueSeries, MeasuresTheBenchmarkAsARunIsMeasured) {
  Recorded run = record_of(100.0, {100, 110, 121, 133.1, 120});
  run.market.benchmark_close = {missing, 50, 55, missing, 44};
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  const auto benchmark = benchmark_values(run.result, run.market.prices, summary);
  const auto portfolio = portfolio_values(run.result, run.market.prices, summary);
  ASSERT_TRUE(benchmark && portfolio);
  EXPECT_NEAR(benchmark->summary.total_return, -0.12, 1e-15);
  EXPECT_NEAR(benchmark->summary.max_drawdown, -0.2, 1e-15);
  EXPECT_EQ(benchmark->summary.annualized_volatility, summary.benchmark->annualized_volatility);
  EXPECT_EQ(benchmark->summary.sharpe_ratio, summary.benchmark->sharpe_ratio);
  EXPECT_EQ(benchmark->summary.annualized_return, summary.benchmark->annualized_return);
  EXPECT_NEAR(portfolio->summary.total_return, *summary.benchmark->portfolio_return, 1e-15);
  EXPECT_EQ(benchmark->calendar.dates.size(), 3u);

  const Recorded alone = record_of(100.0, {100, 110});
  const Summary without = summarize(alone.result, alone.market, with_cash(100.0));
  EXPECT_FALSE(benchmark_values(alone.result, alone.market.prices, without));
}

TEST(RollingAt, EqualsTheRowsOfAllWindows) {
  std::vector<double> navs{100};
  for (int i = 1; i < 80; ++i) navs.push_back(navs.back() * (1.0 + 0.01 * ((i * 7) % 5 - 2)));
  Recorded run = record_of(100.0, navs);
  for (std::size_t k = 0; k < navs.size(); ++k)
    run.market.benchmark_close.push_back(50.0 + static_cast<double>((k * 3) % 7));
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  for (const RollingRow& row : rolling_metrics(run.result, summary)) {
    const RollingRow at = rolling_at(run.result, summary, row.row, row.window);
    EXPECT_EQ(at.volatility, row.volatility);
    EXPECT_EQ(at.sharpe, row.sharpe);
    EXPECT_EQ(at.beta, row.beta);
    EXPECT_EQ(at.max_drawdown, row.max_drawdown);
  }
  const RollingRow whole = rolling_at(run.result, summary, navs.size() - 1, static_cast<int>(navs.size()) - 1);
  EXPECT_EQ(whole.sortino, summary.sortino_ratio) << "a window over the whole sample";
}

}  // namespace
}  // namespace backtest
