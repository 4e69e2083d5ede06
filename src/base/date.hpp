// Calendar dates as days since 1970-01-01 (proleptic Gregorian). No time zone, no clock.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backtest {

struct Date {
  std::int32_t days = 0;
  friend auto operator<=>(Date, Date) = default;
};

struct CalendarFields {
  int year;
  int month;          // 1..12
  int day;            // 1..31
  int weekday;        // ISO: 1 = Monday .. 7 = Sunday
  int iso_week;       // ISO 8601 week number, 1..53
  int iso_week_year;  // the year that iso_week belongs to
  int quarter;        // 1..4
  int days_in_month;
};

CalendarFields calendar_fields(Date date);
Date make_date(int year, int month, int day);

// Strictly YYYY-MM-DD and a day that exists; anything else is nullopt.
std::optional<Date> parse_date(std::string_view text);
std::string to_text(Date date);

}  // namespace backtest
