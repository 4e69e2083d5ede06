#include "engine/metric/window.hpp"

#include <algorithm>
#include <span>

#include "base/real_math.hpp"
#include "engine/metric/sample.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

namespace {

Date months_before(Date date, int months) {
  const CalendarFields day = calendar_fields(date);
  const int month = day.year * 12 + day.month - 1 - months;  // since the year 0
  const Date first = make_date(month / 12, month % 12 + 1, 1);
  return Date{first.days + std::min(day.day, calendar_fields(first).days_in_month) - 1};
}

std::span<const Date> dates_of(const SimulationResult& result, const Panel& prices) {
  return std::span(prices.dates).subspan(result.first_bar, result.bars.size());
}

}  // namespace

OptionalNumber trailing_return(const SimulationResult& result, const Panel& prices, double initial_cash, int months) {
  constexpr int slack_days = 7;
  const std::span<const Date> dates = dates_of(result, prices);
  const Date start = months_before(dates.back(), months);
  if (dates.front().days - start.days > slack_days) return std::nullopt;
  const auto after = std::ranges::upper_bound(dates, start) - dates.begin();
  const double base = after == 0 ? initial_cash : result.bars[static_cast<std::size_t>(after - 1)].nav;
  if (base <= 0.0 || result.bars.back().nav < 0.0) return std::nullopt;
  const double change = relative_change(result.bars.back().nav, base);
  return months <= 12 ? finite(change) : finite(real_pow(1.0 + change, 12.0 / static_cast<double>(months)) - 1.0);
}

std::optional<WindowReturn> window_return(const SimulationResult& result, const Panel& prices, Date first, Date last) {
  const std::span<const Date> dates = dates_of(result, prices);
  if (dates.front() > first || dates.back() < last) return std::nullopt;
  const auto begin = static_cast<std::size_t>(std::ranges::upper_bound(dates, first) - dates.begin()) - 1;
  const auto end = static_cast<std::size_t>(std::ranges::upper_bound(dates, last) - dates.begin());
  double peak = result.bars[begin].nav;
  if (peak <= 0.0) return std::nullopt;
  WindowReturn window{.value = relative_change(result.bars[end - 1].nav, peak)};
  for (const BarRow& bar : std::span(result.bars).subspan(begin, end - begin)) {
    peak = std::max(peak, bar.nav);
    window.max_drawdown = std::min(window.max_drawdown, relative_change(bar.nav, peak));
  }
  return window;
}

}  // namespace backtest
