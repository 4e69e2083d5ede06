#include "engine/metric/convention.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/number_text.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

namespace {

constexpr double days_per_year = 365.25;  // of the calendar
constexpr double days_of_a_rate = 365.0;  // as financing counts them

// Bars on all seven weekdays and on nearly every day: a market that never closes.
bool is_every_day(std::span<const Date> dates) {
  std::array<bool, 7> seen{};
  for (const Date date : dates) seen[static_cast<std::size_t>(calendar_fields(date).weekday - 1)] = true;
  const auto days = static_cast<double>(dates.back().days - dates.front().days + 1);
  return std::ranges::all_of(seen, [](bool day) { return day; }) && static_cast<double>(dates.size()) >= 0.85 * days;
}

}  // namespace

BarsPerYear bars_per_year_of(std::span<const Date> dates) {
  if (dates.size() < 2) return {};
  std::vector<std::int32_t> gaps;
  gaps.reserve(dates.size() - 1);
  for (std::size_t i = 1; i < dates.size(); ++i) gaps.push_back(dates[i].days - dates[i - 1].days);
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>((gaps.size() - 1) / 2);
  std::ranges::nth_element(gaps, middle);
  const std::int32_t gap = *middle;
  if (gap <= 4) return {.value = is_every_day(dates) ? 365.0 : 252.0};
  if (gap >= 5 && gap <= 9) return {.value = 52.0};
  if (gap >= 26 && gap <= 35) return {.value = 12.0};
  if (gap >= 80 && gap <= 100) return {.value = 4.0};
  if (gap >= 350 && gap <= 380) return {.value = 1.0};
  const auto periods = static_cast<double>(dates.size() - 1);
  return {.value = periods * days_per_year / static_cast<double>(dates.back().days - dates.front().days),
          .is_known_calendar = false};
}

namespace {

// r_f of each bar: what a rate earns over the calendar days since the bar before, as cash does, or how a price moved.
std::vector<double> risk_free_returns(std::span<const Date> dates, std::span<const double> series,
                                      const MetricPolicy& metrics) {
  const bool has_series = metrics.risk_free_series != RiskFreeSeries::none;
  if (!has_series && metrics.risk_free_rate == 0.0) return {};
  std::vector<double> returns(dates.size());
  for (std::size_t k = 1; k < dates.size(); ++k) {
    const double years = static_cast<double>(dates[k].days - dates[k - 1].days) / days_of_a_rate;
    if (metrics.risk_free_series == RiskFreeSeries::prices) {
      returns[k] = relative_change(series[k], series[k - 1]);
    } else {
      returns[k] = (has_series ? series[k - 1] : metrics.risk_free_rate) * years;
    }
  }
  return returns;
}

std::string source_of_risk_free(const MetricPolicy& metrics) {
  switch (metrics.risk_free_series) {
    case RiskFreeSeries::yields:
      return "a series of yields";
    case RiskFreeSeries::prices:
      return "a series of prices";
    case RiskFreeSeries::none:
      break;
  }
  return metrics.risk_free_rate == 0.0 ? "0" : number_text(metrics.risk_free_rate) + " a year";
}

void choose_bars_per_year(std::span<const Date> dates, const MetricPolicy& metrics, Convention& convention,
                          std::vector<std::string>& remarks) {
  convention.bars_per_year_is_given = metrics.bars_per_year.has_value();
  if (metrics.bars_per_year) {
    convention.bars_per_year = *metrics.bars_per_year;
    return;
  }
  const BarsPerYear found = bars_per_year_of(dates);
  convention.bars_per_year = found.value;
  if (found.is_known_calendar) return;
  remarks.push_back(
      fmt::format("bars_per_year is {:.6g}, the run's average: the gaps between bars are of no usual frequency; "
                  "metrics.bars_per_year sets it",
                  found.value));
}

}  // namespace

Convention convention_of(const SimulationResult& result, const MarketData& market, const Policy& policy,
                         std::vector<std::string>& remarks) {
  const Panel& prices = market.prices;
  const std::span<const Date> dates = std::span(prices.dates).subspan(result.first_bar, result.bars.size());
  Convention convention;
  convention.days = dates.back().days - dates.front().days;
  convention.first_bar_trades = policy.broker.fill_policy == FillPolicy::same_close;
  convention.ddof = policy.metrics.ddof;
  choose_bars_per_year(dates, policy.metrics, convention, remarks);
  std::span<const double> series(market.risk_free);
  if (!series.empty()) series = series.subspan(result.first_bar, result.bars.size());
  convention.risk_free = risk_free_returns(dates, series, policy.metrics);
  convention.risk_free_source = source_of_risk_free(policy.metrics);
  return convention;
}

}  // namespace backtest
