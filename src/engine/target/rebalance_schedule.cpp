#include "engine/target/rebalance_schedule.hpp"

#include <algorithm>

namespace backtest {
namespace {

Date days_before(Date date, int days) {
  return Date{date.days - days};
}

// The last Monday-to-Friday day on or before `date`.
Date weekday_on_or_before(Date date) {
  const int weekday = calendar_fields(date).weekday;
  return days_before(date, std::max(0, weekday - 5));
}

Date month_end(int year, int month) {
  return make_date(year, month, calendar_fields(make_date(year, month, 1)).days_in_month);
}

// The last weekday of the period that holds `date`.
Date last_weekday_of_period(Frequency frequency, Date date) {
  const CalendarFields fields = calendar_fields(date);
  switch (frequency) {
    case Frequency::weekly:
      return Date{date.days - (fields.weekday - 5)};
    case Frequency::monthly:
      return weekday_on_or_before(month_end(fields.year, fields.month));
    case Frequency::quarterly:
      return weekday_on_or_before(month_end(fields.year, fields.quarter * 3));
    default:
      return weekday_on_or_before(month_end(fields.year, 12));
  }
}

Date first_day_of_period(Frequency frequency, Date date) {
  const CalendarFields fields = calendar_fields(date);
  switch (frequency) {
    case Frequency::weekly:
      return days_before(date, fields.weekday - 1);
    case Frequency::monthly:
      return make_date(fields.year, fields.month, 1);
    case Frequency::quarterly:
      return make_date(fields.year, fields.quarter * 3 - 2, 1);
    default:
      return make_date(fields.year, 1, 1);
  }
}

Date first_day_of_next_period(Frequency frequency, Date date) {
  // One day more than the longest period, but for weeks, lands in the next one.
  const int days = frequency == Frequency::weekly      ? 7
                   : frequency == Frequency::monthly   ? 32
                   : frequency == Frequency::quarterly ? 93
                                                       : 367;
  return first_day_of_period(frequency, days_before(first_day_of_period(frequency, date), -days));
}

// The day of `date`'s month, or of the month before, that was due last; days beyond a month's end mean its last day.
Date latest_day_of_month(int day, Date date) {
  const auto in_month = [day](Date any) {
    const CalendarFields fields = calendar_fields(any);
    return make_date(fields.year, fields.month, std::min(day, fields.days_in_month));
  };
  const Date here = in_month(date);
  return here <= date ? here : in_month(days_before(date, calendar_fields(date).day));
}

}  // namespace

// A day is due when it lies after the last rebalance and not after today: where it has no bar, the next bar is it.
bool RebalanceSchedule::period_began(Date date) const {
  const Frequency frequency = schedule_.frequency;
  if (frequency == Frequency::weekly && schedule_.weekday) {
    const int since = (calendar_fields(date).weekday - *schedule_.weekday + 7) % 7;
    return days_before(date, since) > *last_date_;
  }
  if (frequency == Frequency::monthly && schedule_.day_of_month) {
    return latest_day_of_month(*schedule_.day_of_month, date) > *last_date_;
  }
  if (schedule_.session == PeriodSession::first) return date >= next_period_;
  Date latest = last_weekday_of_period(frequency, date);
  if (latest > date) latest = last_weekday_of_period(frequency, days_before(first_day_of_period(frequency, date), 1));
  return latest > *last_date_;
}

bool RebalanceSchedule::due(std::size_t bar, Date date, bool holding) {
  switch (schedule_.frequency) {
    case Frequency::daily:
      return true;
    case Frequency::once:
      once_done_ = once_done_ || holding;
      return !once_done_;
    default:
      break;
  }
  if (!last_date_) return true;
  switch (schedule_.frequency) {
    case Frequency::every_n_days:
      return bar - last_bar_ >= static_cast<std::size_t>(schedule_.n);
    case Frequency::every_n_calendar_days:
      return date.days - last_date_->days >= schedule_.n;
    default:
      return period_began(date);
  }
}

void RebalanceSchedule::commit(std::size_t bar, Date date) {
  last_bar_ = bar;
  last_date_ = date;
  const Frequency frequency = schedule_.frequency;
  const bool by_period = frequency == Frequency::weekly || frequency == Frequency::monthly ||
                         frequency == Frequency::quarterly || frequency == Frequency::annually;
  if (by_period) next_period_ = first_day_of_next_period(frequency, date);
}

}  // namespace backtest
