#include "base/date.hpp"

#include <chrono>

namespace backtest {

namespace {

std::chrono::year_month_day civil(Date date) {
  return std::chrono::year_month_day{std::chrono::sys_days{std::chrono::days{date.days}}};
}

bool two_digits(std::string_view text, std::size_t at, int& value) {
  const char tens = text[at];
  const char units = text[at + 1];
  if (tens < '0' || tens > '9' || units < '0' || units > '9') return false;
  value = (tens - '0') * 10 + (units - '0');
  return true;
}

}  // namespace

Date make_date(int year, int month, int day) {
  const std::chrono::sys_days days{std::chrono::year{year} / month / day};
  return Date{static_cast<std::int32_t>(days.time_since_epoch().count())};
}

CalendarFields calendar_fields(Date date) {
  const auto ymd = civil(date);
  CalendarFields fields{};
  fields.year = int{ymd.year()};
  fields.month = static_cast<int>(unsigned{ymd.month()});
  fields.day = static_cast<int>(unsigned{ymd.day()});
  fields.quarter = (fields.month - 1) / 3 + 1;
  const std::chrono::year_month_day_last last{ymd.year() / ymd.month() / std::chrono::last};
  fields.days_in_month = static_cast<int>(unsigned{last.day()});
  fields.weekday = static_cast<int>(std::chrono::weekday{std::chrono::sys_days{ymd}}.iso_encoding());
  // The ISO week of a day is the week of that week's Thursday.
  const Date thursday{date.days + 4 - fields.weekday};
  fields.iso_week_year = int{civil(thursday).year()};
  fields.iso_week = (thursday.days - make_date(fields.iso_week_year, 1, 1).days) / 7 + 1;
  return fields;
}

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int century = 0;
  int year_of_century = 0;
  int month = 0;
  int day = 0;
  if (!two_digits(text, 0, century) || !two_digits(text, 2, year_of_century) || !two_digits(text, 5, month) ||
      !two_digits(text, 8, day)) {
    return std::nullopt;
  }
  const std::chrono::year_month_day ymd{std::chrono::year{century * 100 + year_of_century},
                                        std::chrono::month{static_cast<unsigned>(month)},
                                        std::chrono::day{static_cast<unsigned>(day)}};
  if (!ymd.ok()) return std::nullopt;
  return Date{static_cast<std::int32_t>(std::chrono::sys_days{ymd}.time_since_epoch().count())};
}

std::string to_text(Date date) {
  const auto ymd = civil(date);
  const int year = int{ymd.year()};
  const unsigned month{ymd.month()};
  const unsigned day{ymd.day()};
  std::string text = "0000-00-00";
  text[0] = static_cast<char>('0' + year / 1000 % 10);
  text[1] = static_cast<char>('0' + year / 100 % 10);
  text[2] = static_cast<char>('0' + year / 10 % 10);
  text[3] = static_cast<char>('0' + year % 10);
  text[5] = static_cast<char>('0' + month / 10);
  text[6] = static_cast<char>('0' + month % 10);
  text[8] = static_cast<char>('0' + day / 10);
  text[9] = static_cast<char>('0' + day % 10);
  return text;
}

}  // namespace backtest
