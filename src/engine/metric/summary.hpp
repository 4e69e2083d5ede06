// Metrics of a finished simulation. docs/metrics.md defines each: formula, ddof, annualisation, source.
// An undefined number is nullopt, and `warnings` says why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/metric/convention.hpp"
#include "engine/model/panel.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/simulation_result.hpp"

namespace backtest {

using OptionalNumber = std::optional<double>;

struct DrawdownPeriod {
  Date start;  // the peak
  Date trough;
  std::optional<Date> recovery;  // first close at or above the peak
  double depth = 0.0;            // <= 0
};

struct ClosedPosition {  // a position's life from its first fill to zero or a change of sign
  InstrumentIndex instrument = 0;
  std::uint32_t entry_bar = 0;
  std::uint32_t exit_bar = 0;
  double side = 1.0;
  double largest_shares = 0.0;   // absolute, as of the exit's split basis
  double entry_price = 0.0;      // average, split-adjusted to the exit
  double exit_price = 0.0;       // average
  double profit = 0.0;           // net of commission, with dividends
  double return_on_entry = 0.0;  // profit / entry notional
  FillReason exit_reason = FillReason::order;
};

struct BenchmarkMetrics {
  // From the benchmark's first close on a bar of the run to its last one; everything is measured over this span.
  std::optional<Date> first_date, last_date;
  bool spans_the_run = false;
  OptionalNumber total_return, portfolio_return;
  OptionalNumber annualized_return, annualized_volatility, sharpe_ratio, max_drawdown;  // the benchmark's own
  OptionalNumber alpha, beta, correlation, r_squared, treynor_ratio;
  OptionalNumber tracking_error, information_ratio, up_capture, down_capture;
  OptionalNumber return_at_equal_risk;  // on the tear sheet alone
};

// One per bar on which the benchmark has a close. Returns since the row before; the first row has none.
struct BenchmarkRow {
  std::size_t row = 0;  // index into SimulationResult::bars
  double growth = 1.0;  // of the benchmark since its first row
  double drawdown = 0.0;
  OptionalNumber benchmark_return, portfolio_return;
  double risk_free = 0.0;  // return over the same bars
};

// Of the sample of returns, unless it is said otherwise.
struct ReturnStatistics {
  OptionalNumber skewness, kurtosis;                        // kurtosis: in excess of the normal distribution's
  OptionalNumber value_at_risk, conditional_value_at_risk;  // historical, 95 %; returns, so that losses are negative
  OptionalNumber omega_ratio, tail_ratio, gain_to_pain_ratio;
  OptionalNumber best_day, worst_day, best_month, worst_month, best_year, worst_year;
  OptionalNumber winning_days, winning_months, winning_years;  // shares of those that are not flat
  OptionalNumber ulcer_index, average_drawdown;
  std::int32_t longest_drawdown_days = 0;
  double time_under_water = 0.0;  // share of the bars
  OptionalNumber year_to_date, trailing_1_year, trailing_3_years, trailing_5_years, trailing_10_years;
  // On the tear sheet alone.
  OptionalNumber month_to_date, trailing_3_months, trailing_6_months;
  OptionalNumber average_drawdown_days, recovery_factor;
  OptionalNumber kelly_fraction, probabilistic_sharpe_ratio, autocorrelation;
  std::size_t longest_winning_streak = 0, longest_losing_streak = 0;  // in bars
};

// What became of initial cash, in money: the parts add up to final NAV less initial cash.
struct Contribution {
  std::size_t index = 0;  // an instrument, or a leg; one leg beyond the last takes what belongs to none
  double profit = 0.0;
};

struct Summary {
  Convention convention;
  // MET-1..5
  double initial_cash = 0.0;
  double final_nav = 0.0;
  double total_return = 0.0;
  OptionalNumber annualized_return;
  double annualized_volatility = 0.0;
  OptionalNumber sharpe_ratio;
  double max_drawdown = 0.0;
  std::size_t fill_count = 0;
  // Beside those specified
  OptionalNumber gross_return;  // before commission and slippage
  OptionalNumber cost_drag;     // gross_return - total_return
  OptionalNumber cost_drag_annual;
  OptionalNumber sortino_ratio, calmar_ratio;
  double commission_total = 0.0, slippage_total = 0.0, dividend_total = 0.0, financing_total = 0.0;
  double turnover_total = 0.0;     // two-sided, sum of the daily column
  OptionalNumber turnover_annual;  // one-way: half of it, by the year
  double average_gross_exposure = 0.0, average_net_exposure = 0.0;
  double time_invested = 0.0;  // share of the bars at whose close anything was held
  std::size_t reject_count = 0;
  std::size_t closed_position_count = 0;
  OptionalNumber hit_rate, payoff_ratio, profit_factor, expectancy, average_holding_bars;
  ReturnStatistics statistics;
  std::optional<BenchmarkMetrics> benchmark;
  std::vector<BenchmarkRow> benchmark_rows;
  std::vector<Contribution> instrument_contributions;  // of those that were held or traded; financing is apart
  std::vector<Contribution> leg_contributions;         // of a composite
  bool ruined = false;
  std::vector<DrawdownPeriod> drawdowns;         // deepest first, at most 10
  std::vector<ClosedPosition> closed_positions;  // by exit bar, then instrument
  std::vector<std::string> warnings;             // of undefined and extrapolated numbers
  std::vector<std::string> remarks;              // what to know of those that are defined, such as a benchmark's span
};

Summary summarize(const SimulationResult& result, const MarketData& market, const Policy& policy);

struct RollingRow {     // MET-6; nullopt until the window is full
  std::size_t row = 0;  // index into SimulationResult::bars
  int window = 0;
  OptionalNumber period_return, volatility, sharpe, max_drawdown;
  OptionalNumber turnover_sum, commission_sum, slippage_cost_sum, fill_count_sum, gross_exposure_average,
      net_exposure_average;
  OptionalNumber beta;     // against the benchmark
  OptionalNumber sortino;  // of rolling_at() alone
};
// Of the window that ends at `row`, whatever its length.
RollingRow rolling_at(const SimulationResult& result, const Summary& summary, std::size_t row, int window);
inline constexpr int rolling_windows[] = {21, 63, 126, 252};
// By row, then window. The summary tells initial cash and conventions.
std::vector<RollingRow> rolling_metrics(const SimulationResult& result, const Summary& summary);

struct PeriodReturn {  // W-18: from the previous period's last NAV (initial cash before the first)
  int year = 0;
  int period = 0;  // ISO week 1..53 of the ISO year, month 1..12, quarter 1..4, or 0 for a year
  double value = 0.0;
};
enum class Period { week, month, quarter, year };
PeriodReturn period_of(Date date, Period period);  // without its return
std::vector<PeriodReturn> period_returns(const SimulationResult& result, const Panel& prices, double initial_cash,
                                         Period period);

}  // namespace backtest
