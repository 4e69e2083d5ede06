// The shape of the returns: moments, tails, winners and losers, trailing years.
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/real_math.hpp"
#include "engine/metric/family.hpp"
#include "engine/metric/sample.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

namespace {

constexpr double tail = 0.05;

// Sample skewness and excess kurtosis, corrected for bias (Joanes and Gill 1998, G1 and G2).
void add_shape(std::span<const double> sample, ReturnStatistics& statistics) {
  const auto n = static_cast<double>(sample.size());
  const Moments moments = moments_of(sample, 1);
  if (!moments.varies()) return;
  double cubes = 0.0, fourths = 0.0;
  for (const double value : sample) {
    const double z = (value - moments.mean) / moments.deviation;
    cubes += z * z * z;
    fourths += z * z * z * z;
  }
  if (n > 2.0) statistics.skewness = finite(n / ((n - 1.0) * (n - 2.0)) * cubes);
  if (n <= 3.0) return;
  statistics.kurtosis = finite(n * (n + 1.0) / ((n - 1.0) * (n - 2.0) * (n - 3.0)) * fourths -
                               3.0 * (n - 1.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0)));
}

// Between the two neighbours, linearly. `sorted` ascends and is not empty.
double quantile(std::span<const double> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - static_cast<double>(below));
}

void add_tails(std::vector<double> sorted, ReturnStatistics& statistics) {
  std::ranges::sort(sorted);
  const double low = quantile(sorted, tail), high = quantile(sorted, 1.0 - tail);
  statistics.value_at_risk = finite(low);
  const auto worst = static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * tail) + 1;
  double sum = 0.0;
  for (std::size_t i = 0; i < worst; ++i) sum += sorted[i];
  statistics.conditional_value_at_risk = finite(sum / static_cast<double>(worst));
  if (!is_rounding(low, 1.0)) statistics.tail_ratio = finite(std::abs(high) / std::abs(low));
  statistics.best_day = sorted.back();
  statistics.worst_day = sorted.front();
}

void add_gains_and_losses(std::span<const double> sample, ReturnStatistics& statistics) {
  double gains = 0.0, losses = 0.0;
  for (const double value : sample) (value > 0.0 ? gains : losses) += std::abs(value);
  if (losses == 0.0) return;
  statistics.omega_ratio = finite(gains / losses);
  statistics.gain_to_pain_ratio = finite((gains - losses) / losses);
}

// Of those that are not flat.
OptionalNumber winning_share(std::span<const double> returns) {
  const auto won = std::ranges::count_if(returns, [](double value) { return value > 0.0; });
  const auto lost = std::ranges::count_if(returns, [](double value) { return value < 0.0; });
  if (won + lost == 0) return std::nullopt;
  return static_cast<double>(won) / static_cast<double>(won + lost);
}

std::vector<double> values_of(const std::vector<PeriodReturn>& periods) {
  std::vector<double> values;
  for (const PeriodReturn& period : periods) values.push_back(period.value);
  return values;
}

Date years_before(Date date, int years) {
  const CalendarFields day = calendar_fields(date);
  const int days_in_month = calendar_fields(make_date(day.year - years, day.month, 1)).days_in_month;
  return make_date(day.year - years, day.month, std::min(day.day, days_in_month));
}

// From the last NAV on or before the same day `years` ago, as a year's return. A run that starts at most a week after
// that day covers it, from initial cash.
OptionalNumber trailing_return(const SimulationResult& result, std::span<const Date> dates, double initial_cash,
                               int years) {
  constexpr int slack_days = 7;
  const Date start = years_before(dates.back(), years);
  if (dates.front().days - start.days > slack_days) return std::nullopt;
  const auto after = std::ranges::upper_bound(dates, start) - dates.begin();
  const double base = after == 0 ? initial_cash : result.bars[static_cast<std::size_t>(after - 1)].nav;
  if (base <= 0.0 || result.bars.back().nav < 0.0) return std::nullopt;
  const double change = relative_change(result.bars.back().nav, base);
  return years == 1 ? finite(change) : finite(real_pow(1.0 + change, 1.0 / static_cast<double>(years)) - 1.0);
}

using NamedNumber = std::pair<const char*, OptionalNumber>;

// One line for those of `numbers` that are undefined for the same reason.
void warn_of_undefined_among(std::initializer_list<NamedNumber> numbers, const char* reason,
                             std::vector<std::string>& warnings) {
  std::string names;
  for (const auto& [name, number] : numbers) {
    if (!number) names += (names.empty() ? "" : ", ") + std::string(name);
  }
  if (names.empty()) return;
  const bool is_one = !names.contains(',');
  warnings.push_back(names + (is_one ? " is undefined: " : " are undefined: ") + reason);
}

void warn_of_undefined(const ReturnStatistics& statistics, std::vector<std::string>& warnings) {
  if (!statistics.kurtosis) {
    warnings.push_back(statistics.skewness
                           ? "kurtosis is undefined: it needs more than three returns"
                           : "skewness and kurtosis are undefined: returns do not vary, or are too few");
  }
  if (!statistics.omega_ratio) {
    warnings.push_back("omega_ratio and gain_to_pain_ratio are undefined: no bar lost money");
  }
  if (!statistics.tail_ratio) warnings.push_back("tail_ratio is undefined: value_at_risk is 0");
  warn_of_undefined_among({{"winning_days", statistics.winning_days},
                           {"winning_months", statistics.winning_months},
                           {"winning_years", statistics.winning_years}},
                          "nothing was won or lost", warnings);
  warn_of_undefined_among({{"trailing_1_year", statistics.trailing_1_year},
                           {"trailing_3_years", statistics.trailing_3_years},
                           {"trailing_5_years", statistics.trailing_5_years},
                           {"trailing_10_years", statistics.trailing_10_years}},
                          "the run is shorter", warnings);
}

}  // namespace

void add_statistics(const SimulationResult& result, const Panel& prices, double initial_cash, Summary& summary) {
  ReturnStatistics& statistics = summary.statistics;
  const std::vector<double> sample = return_sample(result, summary.convention);
  add_shape(sample, statistics);
  add_tails(sample, statistics);
  add_gains_and_losses(sample, statistics);
  statistics.winning_days = winning_share(sample);
  const std::vector<double> months = values_of(period_returns(result, prices, initial_cash, Period::month));
  const std::vector<double> years = values_of(period_returns(result, prices, initial_cash, Period::year));
  statistics.best_month = std::ranges::max(months);
  statistics.worst_month = std::ranges::min(months);
  statistics.winning_months = winning_share(months);
  statistics.best_year = std::ranges::max(years);
  statistics.worst_year = std::ranges::min(years);
  statistics.winning_years = winning_share(years);
  statistics.year_to_date = years.back();
  const std::span<const Date> dates = std::span(prices.dates).subspan(result.first_bar, result.bars.size());
  statistics.trailing_1_year = trailing_return(result, dates, initial_cash, 1);
  statistics.trailing_3_years = trailing_return(result, dates, initial_cash, 3);
  statistics.trailing_5_years = trailing_return(result, dates, initial_cash, 5);
  statistics.trailing_10_years = trailing_return(result, dates, initial_cash, 10);
  warn_of_undefined(statistics, summary.warnings);
}

}  // namespace backtest
