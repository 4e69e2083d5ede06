// Returns of calendar weeks, months, quarters and years, which compound to the total (MET-7 as W-18 has it).
#include "base/assertion.hpp"
#include "engine/metric/calendar_period.hpp"
#include "engine/metric/summary.hpp"
#include "engine/model/tolerance.hpp"

namespace backtest {

PeriodReturn period_of(Date date, Period period) {
  const CalendarFields day = calendar_fields(date);
  switch (period) {
    case Period::week:
      return {.year = day.iso_week_year, .period = day.iso_week};
    case Period::month:
      return {.year = day.year, .period = day.month};
    case Period::quarter:
      return {.year = day.year, .period = day.quarter};
    case Period::year:
      return {.year = day.year};
  }
  assertion_failed("period", "an enumerator", __FILE__, __LINE__);
}

Date next_period(Date date, Period period) {
  const CalendarFields day = calendar_fields(date);
  switch (period) {
    case Period::week:
      return Date{date.days + 8 - day.weekday};
    case Period::month:
      return Date{date.days + 1 + day.days_in_month - day.day};
    case Period::quarter:
      return day.quarter == 4 ? make_date(day.year + 1, 1, 1) : make_date(day.year, day.quarter * 3 + 1, 1);
    case Period::year:
      return make_date(day.year + 1, 1, 1);
  }
  assertion_failed("period", "an enumerator", __FILE__, __LINE__);
}

std::vector<PeriodReturn> period_returns(const SimulationResult& result, const Panel& prices, double initial_cash,
                                         Period period) {
  std::vector<PeriodReturn> returns;
  double base = initial_cash;  // the last NAV of the previous period
  double last = initial_cash;
  Date next;
  for (std::size_t k = 0; k < result.bars.size(); ++k) {
    const Date date = prices.dates[result.first_bar + k];
    if (returns.empty() || date >= next) {
      base = last;
      returns.push_back(period_of(date, period));
      next = next_period(date, period);
    }
    last = result.bars[k].nav;
    if (base != 0.0) returns.back().value = relative_change(last, base);
  }
  return returns;
}

}  // namespace backtest
