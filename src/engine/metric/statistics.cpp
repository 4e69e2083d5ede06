// The shape of the returns: moments, tails, winners and losers, trailing years.
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/metric/family.hpp"
#include "engine/metric/sample.hpp"
#include "engine/metric/window.hpp"
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

void add_streaks(std::span<const double> sample, ReturnStatistics& statistics) {
  std::size_t winning = 0, losing = 0;
  for (const double value : sample) {
    winning = value > 0.0 ? winning + 1 : 0;
    losing = value < 0.0 ? losing + 1 : 0;
    statistics.longest_winning_streak = std::max(statistics.longest_winning_streak, winning);
    statistics.longest_losing_streak = std::max(statistics.longest_losing_streak, losing);
  }
}

// Kelly 1956, for a bet that wins and loses what the mean winning and losing bar do, as often as they do.
void add_kelly(std::span<const double> sample, ReturnStatistics& statistics) {
  double gains = 0.0, losses = 0.0, won = 0.0, lost = 0.0;
  for (const double value : sample) {
    if (value > 0.0) gains += value, ++won;
    if (value < 0.0) losses -= value, ++lost;
  }
  if (won == 0.0 || lost == 0.0) return;
  const double chance = won / (won + lost);
  statistics.kelly_fraction = finite(chance - (1.0 - chance) * (losses / lost) / (gains / won));
}

void add_autocorrelation(std::span<const double> sample, ReturnStatistics& statistics) {
  if (sample.size() < 3) return;
  const auto earlier = sample.first(sample.size() - 1), later = sample.last(sample.size() - 1);
  const Moments before = moments_of(earlier, 0), after = moments_of(later, 0);
  if (!before.varies() || !after.varies()) return;
  double sum = 0.0;
  for (std::size_t i = 0; i < later.size(); ++i) sum += (earlier[i] - before.mean) * (later[i] - after.mean);
  const double covariance = sum / static_cast<double>(later.size());
  statistics.autocorrelation = finite(std::clamp(covariance / (before.deviation * after.deviation), -1.0, 1.0));
}

// The chance that the true Sharpe ratio is above 0, given the length and the shape of the sample (Bailey and Lopez de
// Prado 2012). erfcl has one implementation, as the functions of real_math.hpp have.
void add_probabilistic_sharpe(std::span<const double> excess, int ddof, ReturnStatistics& statistics) {
  const Moments moments = moments_of(excess, ddof);
  if (!moments.varies() || !statistics.skewness || !statistics.kurtosis) return;
  const double sharpe = moments.mean / moments.deviation;
  const double variance = (1.0 - *statistics.skewness * sharpe + (*statistics.kurtosis + 2.0) / 4.0 * sharpe * sharpe) /
                          static_cast<double>(excess.size() - 1);
  if (variance <= 0.0) return;
  const double z = sharpe / std::sqrt(variance);
  statistics.probabilistic_sharpe_ratio =
      static_cast<double>(erfcl(static_cast<long double>(-z / std::sqrt(2.0))) / 2.0L);
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
  add_streaks(sample, statistics);
  add_kelly(sample, statistics);
  add_autocorrelation(sample, statistics);
  add_probabilistic_sharpe(excess_sample(result, summary.convention), summary.convention.ddof, statistics);
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
  statistics.trailing_1_year = trailing_return(result, prices, initial_cash, 12);
  statistics.trailing_3_years = trailing_return(result, prices, initial_cash, 36);
  statistics.trailing_5_years = trailing_return(result, prices, initial_cash, 60);
  statistics.trailing_10_years = trailing_return(result, prices, initial_cash, 120);
  statistics.month_to_date = months.back();
  statistics.trailing_3_months = trailing_return(result, prices, initial_cash, 3);
  statistics.trailing_6_months = trailing_return(result, prices, initial_cash, 6);
  warn_of_undefined(statistics, summary.warnings);
}

}  // namespace backtest
