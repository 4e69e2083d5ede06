// Dates by a format of strptime's directives (cell_text.hpp). The C library's reads by the process's locale. Dates that
// are counts.
#include "base/date_format.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii_text.hpp"
#include "base/number_text.hpp"
#include "data/cell_text.hpp"

namespace backtest {

namespace {

constexpr std::array<std::string_view, 12> months = {"january",   "february", "march",    "april",
                                                     "may",       "june",     "july",     "august",
                                                     "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> weekdays = {"monday", "tuesday",  "wednesday", "thursday",
                                                      "friday", "saturday", "sunday"};

std::optional<CellTime> counted_time(std::string_view text, const DateCount& count) {
  constexpr double seconds_per_day = 86'400;
  constexpr double excel_day_of_1970 = 25'569;
  constexpr double excel_day_of_march_1900 = 61;
  constexpr double last_second = 253'402'300'799;  // of the year 9999
  const std::optional<double> number = parse_number(text);
  const bool is_days = count.units_per_second == 0;
  if (!number || !std::isfinite(*number) || (is_days && *number < excel_day_of_march_1900)) return std::nullopt;
  const double second = is_days ? std::round((*number - excel_day_of_1970) * seconds_per_day)
                                : std::floor(*number / count.units_per_second);
  if (std::abs(second) > last_second) return std::nullopt;
  const double day = std::floor(second / seconds_per_day);
  CellTime time{.date = Date{static_cast<std::int32_t>(day)},
                .second = static_cast<std::int32_t>(second - day * seconds_per_day),
                .offset_s = std::nullopt};
  if (!is_days) time.offset_s = 0;
  return time;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// The parts of a date as a format finds them.
class FormatReader {
 public:
  FormatReader(std::string_view text, std::string_view format) : text_(text), format_(format) {}

  std::optional<CellTime> read() {
    if (!follow(format_) || !text_.empty()) return std::nullopt;
    if (is_afternoon_ && hour_ > 12) return std::nullopt;
    if (is_afternoon_) hour_ = hour_ % 12 + (*is_afternoon_ ? 12 : 0);
    CellTime time{.date = {}, .second = (hour_ * 60 + minute_) * 60 + second_, .offset_s = offset_s_};
    if (day_of_year_) {
      const std::int32_t first = make_date(year_, 1, 1).days;
      time.date = Date{first + *day_of_year_ - 1};
      if (*day_of_year_ < 1 || calendar_fields(time.date).year != year_) return std::nullopt;
      return time;
    }
    if (month_ < 1 || month_ > 12 || day_ < 1 || day_ > calendar_fields(make_date(year_, month_, 1)).days_in_month) {
      return std::nullopt;
    }
    time.date = make_date(year_, month_, day_);
    return time;
  }

 private:
  bool follow(std::string_view format) {
    for (std::size_t at = 0; at < format.size(); ++at) {
      const char c = format[at];
      if (c == '%' && at + 1 < format.size()) {
        if (!directive(format[++at])) return false;
      } else if (is_blank(c)) {
        while (!text_.empty() && is_blank(text_[0])) text_.remove_prefix(1);
      } else if (text_.empty() || text_[0] != c) {
        return false;
      } else {
        text_.remove_prefix(1);
      }
    }
    return true;
  }

  // One to `longest` digits, within bounds.
  bool number(int& value, std::size_t longest, int least, int most, std::size_t shortest = 1) {
    std::size_t length = 0;
    value = 0;
    while (length < longest && length < text_.size() && is_digit(text_[length])) {
      value = value * 10 + (text_[length++] - '0');
    }
    text_.remove_prefix(length);
    return length >= shortest && value >= least && value <= most;
  }

  bool month_name() {
    const std::string lower = lower_case(text_.substr(0, 9));
    for (std::size_t i = 0; i < months.size(); ++i) {
      for (const std::string_view name : {months[i], months[i].substr(0, 3)}) {
        if (!lower.starts_with(name)) continue;
        month_ = static_cast<int>(i) + 1;
        text_.remove_prefix(name.size());
        return true;
      }
    }
    return false;
  }

  bool weekday_name() {
    const std::string lower = lower_case(text_.substr(0, 9));
    for (const std::string_view weekday : weekdays) {
      for (const std::string_view name : {weekday, weekday.substr(0, 3)}) {
        if (!lower.starts_with(name)) continue;
        text_.remove_prefix(name.size());
        return true;
      }
    }
    return false;
  }

  bool zone() {
    if (text_.starts_with('Z')) {
      offset_s_ = 0;
      text_.remove_prefix(1);
      return true;
    }
    if (text_.empty() || (text_[0] != '+' && text_[0] != '-')) return false;
    const int sign = text_[0] == '-' ? -1 : 1;
    text_.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (!number(hours, 2, 0, 23, 2)) return false;
    if (text_.starts_with(':')) text_.remove_prefix(1);
    if (!text_.empty() && is_digit(text_[0]) && !number(minutes, 2, 0, 59, 2)) return false;
    offset_s_ = sign * (hours * 60 + minutes) * 60;
    return true;
  }

  bool directive(char which) {
    int ignored = 0;
    switch (which) {
      case 'Y':
        return number(year_, 4, 0, 9999, 4);
      case 'y':
        if (!number(year_, 2, 0, 99, 2)) return false;
        year_ += year_ < 69 ? 2000 : 1900;
        return true;
      case 'm':
        return number(month_, 2, 1, 12);
      case 'd':
        return number(day_, 2, 1, 31);
      case 'b':
      case 'B':
        return month_name();
      case 'a':
      case 'A':
        return weekday_name();
      case 'j':
        day_of_year_ = 0;
        return number(*day_of_year_, 3, 1, 366);
      case 'H':
      case 'I':
        return number(hour_, 2, 0, 23);
      case 'M':
        return number(minute_, 2, 0, 59);
      case 'S':
        return number(second_, 2, 0, 60);
      case 'f':
        return number(ignored, 9, 0, 999'999'999);
      case 'p': {
        const std::string half = lower_case(text_.substr(0, 2));
        if (half != "am" && half != "pm") return false;
        is_afternoon_ = half == "pm";
        text_.remove_prefix(2);
        return true;
      }
      case 'z':
        return zone();
      case 'T':
        return follow("%H:%M:%S");
      case 'F':
        return follow("%Y-%m-%d");
      default:  // %%
        if (!text_.starts_with('%')) return false;
        text_.remove_prefix(1);
        return true;
    }
  }

  std::string_view text_;
  std::string_view format_;
  int year_ = 0, month_ = 0, day_ = 0, hour_ = 0, minute_ = 0, second_ = 0;
  std::optional<int> day_of_year_;
  std::optional<bool> is_afternoon_;
  std::optional<std::int32_t> offset_s_;
};

}  // namespace

std::optional<CellTime> parse_cell_time(std::string_view text, std::string_view format) {
  if (const DateCount* count = date_count_named(format)) return counted_time(trimmed(text), *count);
  return FormatReader(trimmed(text), format).read();
}

bool is_counted_date_format(std::string_view format) {
  return date_count_named(format) != nullptr;
}

}  // namespace backtest
