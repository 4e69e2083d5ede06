// Drawdowns, costs, exposure, calendar periods, rolling windows and the benchmark.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/metric/record_for_tests.hpp"
#include "engine/metric/summary.hpp"

namespace backtest {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Date day(int offset) {
  return Date{make_date(2020, 1, 30).days + offset};
}

TEST(Drawdown, PeriodsRunFromPeakToRecoveryDeepestFirst) {
  // A dip from initial cash, a recovered fall of 20 %, and one of 30 % under way at the end.
  const Recorded run = record_of(100.0, {95, 100, 120, 96, 108, 120, 130, 91, 104});
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  ASSERT_EQ(summary.drawdowns.size(), 3u);
  EXPECT_NEAR(summary.drawdowns[0].depth, -0.3, 1e-15);
  EXPECT_EQ(summary.drawdowns[0].start, day(6));
  EXPECT_EQ(summary.drawdowns[0].trough, day(7));
  EXPECT_FALSE(summary.drawdowns[0].recovery);
  EXPECT_NEAR(summary.drawdowns[1].depth, -0.2, 1e-15);
  EXPECT_EQ(summary.drawdowns[1].start, day(2));
  EXPECT_EQ(summary.drawdowns[1].trough, day(3));
  EXPECT_EQ(summary.drawdowns[1].recovery, day(5));
  EXPECT_NEAR(summary.drawdowns[2].depth, -0.05, 1e-15);
  EXPECT_EQ(summary.drawdowns[2].start, day(0));
  EXPECT_EQ(summary.drawdowns[2].recovery, day(1));
  EXPECT_DOUBLE_EQ(summary.max_drawdown, summary.drawdowns[0].depth) << "MET-5";
}

TEST(Drawdown, TenDeepestAreKept) {
  std::vector<double> navs{100};
  for (int i = 1; i <= 12; ++i) {
    navs.push_back(100.0 - i);
    navs.push_back(100.0);
  }
  const Recorded run = record_of(100.0, navs);
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  ASSERT_EQ(summary.drawdowns.size(), 10u);
  EXPECT_NEAR(summary.drawdowns.front().depth, -0.12, 1e-15);
  EXPECT_NEAR(summary.drawdowns.back().depth, -0.03, 1e-15);
}

TEST(Cost, GrossReturnLinksBarsWithTheirCostsAddedBack) {
  Recorded run = record_of(100.0, {100, 108, 54});
  run.result.bars[1].commission = 1.5;
  run.result.bars[1].slippage_cost = 0.5;
  run.result.bars[1].turnover = 0.8;
  run.result.bars[2].turnover = 0.4;
  run.result.bars[2].dividends = 3.0;
  run.result.bars[2].financing = -1.0;
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_NEAR(*summary.gross_return, 1.1 * 0.5 - 1.0, 1e-15);
  EXPECT_NEAR(*summary.cost_drag, 0.55 - 0.54, 1e-15);
  EXPECT_EQ(summary.commission_total, 1.5);
  EXPECT_EQ(summary.slippage_total, 0.5);
  EXPECT_EQ(summary.dividend_total, 3.0);
  EXPECT_EQ(summary.financing_total, -1.0);
  EXPECT_DOUBLE_EQ(summary.turnover_total, 1.2);
  EXPECT_NEAR(*summary.turnover_annual, 0.6 * 252 / 2, 1e-12);
}

TEST(Cost, WithoutCostsThereIsNoDrag) {
  const Recorded run = record_of(100.0, {100, 103, 107, 101});
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_EQ(*summary.cost_drag, 0.0);
}

TEST(Exposure, IsTheMeanOfAllBars) {
  Recorded run = record_of(100.0, {100, 100, 100, 100});
  run.result.bars[1].gross_exposure = 1.0;
  run.result.bars[2].gross_exposure = 2.0;
  run.result.bars[2].net_exposure = -1.0;
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_DOUBLE_EQ(summary.average_gross_exposure, 0.75);
  EXPECT_DOUBLE_EQ(summary.average_net_exposure, -0.25);
}

TEST(PeriodReturn, StartsFromThePreviousPeriodsLastValueAndCompoundsToTheTotal) {  // W-18
  // January has two bars, February starts on the third.
  const Recorded run = record_of(100.0, {102, 110, 121, 99, 132});
  const auto months = period_returns(run.result, run.market.prices, 100.0, Period::month);
  ASSERT_EQ(months.size(), 2u);
  EXPECT_EQ(months[0].year, 2020);
  EXPECT_EQ(months[0].period, 1);
  EXPECT_NEAR(months[0].value, 0.10, 1e-15) << "from initial cash, not from the first close";
  EXPECT_EQ(months[1].period, 2);
  EXPECT_NEAR(months[1].value, 0.20, 1e-15) << "from January's last close";
  const auto years = period_returns(run.result, run.market.prices, 100.0, Period::year);
  ASSERT_EQ(years.size(), 1u);
  EXPECT_EQ(years[0].period, 0);
  EXPECT_NEAR(years[0].value, (1 + months[0].value) * (1 + months[1].value) - 1, 1e-15);
  const auto quarters = period_returns(run.result, run.market.prices, 100.0, Period::quarter);
  ASSERT_EQ(quarters.size(), 1u);
  EXPECT_EQ(quarters[0].period, 1);
}

TEST(Rolling, FourRowsABarAndNullUntilTheWindowIsFull) {  // MET-6, ART-6
  std::vector<double> navs;
  for (int i = 0; i < 30; ++i) navs.push_back(i % 2 == 0 ? 100.0 : 110.0);
  Recorded run = record_of(100.0, navs);
  for (BarRow& bar : run.result.bars) {
    bar.turnover = 0.5;
    bar.fill_count = 2;
    bar.gross_exposure = 0.9;
  }
  Policy policy = with_cash(100.0);
  policy.metrics.bars_per_year = 252.0;  // these bars fall on every day of the week
  const auto rows = rolling_metrics(run.result, summarize(run.result, run.market, policy));
  ASSERT_EQ(rows.size(), 4 * navs.size());
  EXPECT_EQ(rows[4 * 19].window, 21);
  EXPECT_FALSE(rows[4 * 19].period_return || rows[4 * 19].turnover_sum);
  const RollingRow& full = rows[4 * 20];  // r_0 = 0 and ten ups and downs
  EXPECT_EQ(full.row, 20u);
  EXPECT_NEAR(*full.period_return, 0.0, 1e-15);
  const double up = 0.1, down = 100.0 / 110.0 - 1.0, mean = (10 * up + 10 * down) / 21;
  const double variance = (mean * mean + 10 * (up - mean) * (up - mean) + 10 * (down - mean) * (down - mean)) / 21;
  EXPECT_NEAR(*full.volatility, std::sqrt(variance * 252), 1e-13);
  EXPECT_NEAR(*full.sharpe, mean * 252 / std::sqrt(variance * 252), 1e-12);
  EXPECT_NEAR(*full.max_drawdown, down, 1e-15);
  EXPECT_DOUBLE_EQ(*full.turnover_sum, 10.5);
  EXPECT_EQ(*full.fill_count_sum, 42.0);
  EXPECT_NEAR(*full.gross_exposure_average, 0.9, 1e-15);
  EXPECT_FALSE(rows[4 * 29 + 1].period_return) << "63 bars are not there yet";
}

TEST(Rolling, EqualReturnsHaveNoVolatilityAndNoSharpe) {
  const Recorded run = record_of(100.0, std::vector<double>(21, 100.0));
  const RollingRow row = rolling_metrics(run.result, summarize(run.result, run.market, with_cash(100.0)))[4 * 20];
  EXPECT_EQ(*row.volatility, 0.0);
  EXPECT_FALSE(row.sharpe);
}

TEST(Rolling, TheFirstPeakIsTheNavBeforeTheWindow) {
  std::vector<double> navs(25, 90.0);
  navs[2] = 200.0;  // before the last window
  navs[3] = 100.0;  // the bar before it
  const Recorded run = record_of(100.0, navs);
  const auto rows = rolling_metrics(run.result, summarize(run.result, run.market, with_cash(100.0)));
  EXPECT_NEAR(*rows[4 * 24].max_drawdown, -0.1, 1e-15) << "not 0 from 90, nor -55 % from 200";
  EXPECT_NEAR(*rows[4 * 20].max_drawdown, -0.55, 1e-15) << "the first window begins at initial cash";
}

TEST(Rolling, BetaIsOfTheReturnsThatEndInsideTheWindow) {
  std::vector<double> navs, closes;
  for (int i = 0; i < 23; ++i) {
    const double growth = i % 3 == 0 ? 1.2 : i % 3 == 1 ? 0.9 : 1.0;
    navs.push_back(i == 0 ? 100.0 : navs.back() * (i == 1 ? 0.5 : 1.0 + 2.0 * (growth - 1.0)));
    closes.push_back(i == 0 ? 10.0 : closes.back() * growth);
  }
  Recorded run = record_of(100.0, navs);
  run.market.benchmark_close = closes;
  const auto rows = rolling_metrics(run.result, summarize(run.result, run.market, with_cash(100.0)));
  EXPECT_FALSE(rows[4 * 19].beta) << "the window is not full";
  EXPECT_GT(std::abs(*rows[4 * 21].beta - 2.0), 0.01) << "bar 1, which fell by half, is the window's first";
  EXPECT_NEAR(*rows[4 * 22].beta, 2.0, 1e-12);
}

TEST(Rolling, BetaIsNoneWhereTheBenchmarkDoesNotSpanTheWindow) {
  std::vector<double> navs, closes;
  for (int i = 0; i < 60; ++i) {
    navs.push_back(100.0 + i % 3);
    closes.push_back(i < 10 || i > 50 ? missing : 10.0 + i % 4);
  }
  closes[20] = missing;  // a holiday of the benchmark's market
  Recorded run = record_of(100.0, navs);
  run.market.benchmark_close = closes;
  const auto rows = rolling_metrics(run.result, summarize(run.result, run.market, with_cash(100.0)));
  EXPECT_FALSE(rows[4 * 29].beta) << "bar 9, the first of the window, has no close yet";
  EXPECT_TRUE(rows[4 * 30].beta);
  EXPECT_TRUE(rows[4 * 40].beta) << "the window begins on the holiday";
  EXPECT_TRUE(rows[4 * 50].beta);
  EXPECT_FALSE(rows[4 * 51].beta) << "bar 51, the last of the window, has no close any more";
}

Recorded beside_benchmark(const std::vector<double>& navs, std::vector<double> closes) {
  Recorded run = record_of(100.0, navs);
  run.market.benchmark_close = std::move(closes);
  return run;
}

TEST(Benchmark, TwiceTheBenchmarkHasBetaTwoAndNoAlpha) {
  const Recorded run = beside_benchmark({100, 120, 96, 115.2}, {50, 55, 49.5, 54.45});  // r = 2 b, b = .1 -.1 .1
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  ASSERT_TRUE(summary.benchmark);
  const BenchmarkMetrics& metrics = *summary.benchmark;
  EXPECT_NEAR(*metrics.total_return, 0.089, 1e-15);
  EXPECT_NEAR(*metrics.beta, 2.0, 1e-13);
  EXPECT_NEAR(*metrics.alpha, 0.0, 1e-12);
  // r - b = b: mean 1/30, std0 sqrt(8/900)
  EXPECT_NEAR(*metrics.tracking_error, std::sqrt(8.0 / 900.0 * 252.0), 1e-13);
  EXPECT_NEAR(*metrics.information_ratio, (1.0 / 30.0) / std::sqrt(8.0 / 900.0) * std::sqrt(252.0), 1e-11);
  EXPECT_NEAR(*metrics.up_capture, 2.0, 1e-13);
  EXPECT_NEAR(*metrics.down_capture, 2.0, 1e-13);
}

TEST(Benchmark, AlphaIsWhatTheBenchmarkDoesNotExplain) {
  const Recorded run = beside_benchmark({100, 111, 101.01}, {100, 110, 99});  // r = b + 0.01, b = .1 -.1
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_NEAR(*summary.benchmark->beta, 1.0, 1e-12);
  EXPECT_NEAR(*summary.benchmark->alpha, 0.01 * 252, 1e-12);
}

TEST(Benchmark, ReturnsSpanBarsWithoutAClose) {
  const Recorded run = beside_benchmark({100, 105, 110, 99}, {100, missing, 110, 99});
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_NEAR(*summary.benchmark->beta, 1.0, 1e-13);
  EXPECT_THAT(summary.remarks, Contains(HasSubstr("no close on 1 of 4 bars")));
}

TEST(Benchmark, ThatStartsLateIsComparedOverItsOwnSpan) {
  const Recorded run = beside_benchmark({100, 200, 220, 198, 99}, {missing, 50, 55, 49.5, missing});
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  const BenchmarkMetrics& metrics = *summary.benchmark;
  EXPECT_EQ(metrics.first_date, day(1));
  EXPECT_EQ(metrics.last_date, day(3));
  EXPECT_FALSE(metrics.spans_the_run);
  EXPECT_NEAR(*metrics.total_return, -0.01, 1e-15);
  EXPECT_NEAR(*metrics.portfolio_return, -0.01, 1e-15) << "not the run's -1 %: 198 over 200";
  EXPECT_NEAR(*metrics.max_drawdown, -0.1, 1e-15);
  EXPECT_NEAR(*metrics.correlation, 1.0, 1e-15);
  EXPECT_THAT(summary.remarks, Contains(HasSubstr("starts on 2020-01-31, 1 bar after the run")));
  EXPECT_THAT(summary.remarks, Contains(HasSubstr("ends on 2020-02-02, 1 bar before the run")));
  EXPECT_THAT(summary.remarks, Not(Contains(HasSubstr("its returns span them"))));
}

TEST(Benchmark, ABookEqualToItHasNothingOverIt) {
  const Recorded run = beside_benchmark({100, 107, 103, 111}, {10, 10.7, 10.3, 11.1});  // apart by rounding
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_EQ(*summary.benchmark->tracking_error, 0.0);
  EXPECT_EQ(*summary.benchmark->alpha, 0.0);
  EXPECT_FALSE(summary.benchmark->information_ratio);
}

TEST(Benchmark, AlphaAndTreynorAreOfExcessReturns) {
  Recorded run = beside_benchmark({100, 111, 101.01}, {100, 110, 99});  // r = b + 0.01
  Policy policy = with_cash(100.0);
  policy.metrics.risk_free_rate = 0.365;  // 0.001 a day
  const Summary summary = summarize(run.result, run.market, policy);
  const double beta = *summary.benchmark->beta;
  EXPECT_NEAR(beta, 1.0, 1e-12);
  EXPECT_NEAR(*summary.benchmark->alpha, 0.01 * 252, 1e-11) << "beta 1: the rate cancels";
  EXPECT_NEAR(*summary.benchmark->treynor_ratio, (0.01 - 0.001) * 252, 1e-11);
  EXPECT_NEAR(*summary.benchmark->sharpe_ratio, -0.001 / 0.1 * std::sqrt(252.0), 1e-11);
}

TEST(Benchmark, WithoutClosesEverythingIsNullWithAWarning) {
  const Recorded run = beside_benchmark({100, 105}, {missing, 100});
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  ASSERT_TRUE(summary.benchmark);
  EXPECT_FALSE(summary.benchmark->total_return || summary.benchmark->beta || summary.benchmark->up_capture);
  EXPECT_THAT(summary.warnings, Contains(HasSubstr("benchmark metrics are undefined")));
}

TEST(Benchmark, ThatNeverMovesHasNoBeta) {
  const Recorded run = beside_benchmark({100, 105, 103}, {100, 100, 100});
  const Summary summary = summarize(run.result, run.market, with_cash(100.0));
  EXPECT_FALSE(summary.benchmark->beta || summary.benchmark->up_capture || summary.benchmark->down_capture);
  EXPECT_THAT(summary.warnings, Contains(HasSubstr("benchmark.alpha and benchmark.beta")));
}

}  // namespace
}  // namespace backtest
