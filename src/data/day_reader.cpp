#include "data/day_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/ascii_text.hpp"
#include "base/date_format.hpp"
#include "base/diagnostic.hpp"
#include "base/time_zone_name.hpp"

namespace backtest {

namespace {

constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int32_t end_of_day = 86'400;

DayTime day_time(std::int64_t second) {
  const std::int64_t day = second / seconds_per_day - (second % seconds_per_day < 0 ? 1 : 0);
  const bool fits = day > std::numeric_limits<std::int32_t>::min() && day <= std::numeric_limits<std::int32_t>::max();
  if (!fits) return {};
  return {.day = static_cast<std::int32_t>(day), .second = static_cast<std::int32_t>(second - day * seconds_per_day)};
}

std::string clock_text(std::int32_t second) {
  return fmt::format("{:02}:{:02}", second / 3600, second / 60 % 60);
}

}  // namespace

void TimesOfDay::see(DayTime time) {
  has_local_ = has_local_ || time.is_local;
  if (time.second != 0) {
    if (!has_times_) first_ = time;
    has_times_ = true;
    ++on_weekday_[static_cast<std::size_t>(calendar_fields(Date{time.day}).weekday)];
  }
  const std::int32_t second = time.second == 0 ? end_of_day : time.second;
  if (std::ranges::find(seconds_, second) != seconds_.end()) return;
  if (seconds_.size() < 2) {
    seconds_.push_back(second);
  } else {
    has_too_many_ = true;
  }
}

// One time, or two of which summer's is an hour before winter's; zones ahead of UTC have midnight in its afternoon, and
// none at an odd minute.
bool TimesOfDay::are_apart_as_summer_is() const {
  if (has_too_many_) return false;
  constexpr std::int32_t noon = 12 * 3600;
  const bool is_on_a_half_hour_after_noon =
      std::ranges::all_of(seconds_, [](std::int32_t second) { return second >= noon && second % 1800 == 0; });
  return is_on_a_half_hour_after_noon && std::abs(seconds_.front() - seconds_.back()) <= 3600;
}

bool TimesOfDay::falls_before_trading_days() const {
  constexpr std::size_t thursday = 4, friday = 5, saturday = 6, sunday = 7;
  // A few days may be special sessions, so that the days without trading are compared with what stands on the day
  // before the week's first one. Where all weekdays are alike, the calendar has seven days.
  const auto are_few = [this](std::size_t one, std::size_t other, std::size_t first) {
    return 4 * (on_weekday_[one] + on_weekday_[other]) < on_weekday_[first];
  };
  if (are_few(friday, saturday, sunday) || are_few(thursday, friday, saturday)) return true;
  // Late at two times an hour apart is a midnight of Europe on whatever calendar.
  constexpr std::int32_t late = 22 * 3600;
  const bool is_late_in_summer_and_winter =
      seconds_.size() == 2 && std::ranges::all_of(seconds_, [](std::int32_t second) { return second >= late; });
  return is_late_in_summer_and_winter && on_weekday_[saturday] + on_weekday_[sunday] > 0;
}

std::optional<std::string> TimesOfDay::doubt() const {
  if (!has_times_ || has_local_ || !are_apart_as_summer_is() || !falls_before_trading_days()) return std::nullopt;
  const std::uint64_t saturdays = on_weekday_[6];
  const std::uint64_t sundays = on_weekday_[7];
  std::vector<std::int32_t> clocks;
  for (const std::int32_t second : seconds_) clocks.push_back(second % end_of_day);
  std::ranges::sort(clocks);
  const std::string seen =
      fmt::format("every date stands at {} o'clock, {} of them on a {}, the first is {} {}",
                  clocks.size() < 2 ? clock_text(clocks[0]) : clock_text(clocks[0]) + " or " + clock_text(clocks[1]),
                  saturdays + sundays,
                  saturdays == 0 ? "Sunday"
                  : sundays == 0 ? "Saturday"
                                 : "Saturday or Sunday",
                  to_text(Date{first_.day}), clock_text(first_.second));
  if (!timezone_.empty()) {
    return fmt::format(
        "{}: data.timezone ({}) has moved midnights to the day before. Leave it out where they are plain dates, or "
        "name "
        "the zone whose midnights they are",
        seen, timezone_);
  }
  return seen +
         ": they look like midnights of another time zone, which belong to the next day. data.timezone (such as "
         "Europe/Paris) reads them as the dates of that zone's clocks";
}

DayReader::DayReader(const TableFormat& format) : times(format.timezone), format_(format.date_format) {
  if (!format_.empty()) {
    if (auto wrong = wrong_date_format(format_))
      throw InvalidInput(Diagnostic{.path = "data.csv.date_format", .message = std::move(*wrong)});
  }
  if (format.timezone.empty()) return;
  if (!TimeZone::is_known(format.timezone)) {
    throw InvalidInput(Diagnostic{.path = "data.timezone", .message = unknown_time_zone(format.timezone)});
  }
  zone_ = std::make_unique<const TimeZone>(format.timezone);
}

DayTime DayReader::of_instant(std::int64_t utc_second, const TimeZone& zone) {
  const std::int64_t local_second = (zone_ ? *zone_ : zone).local_second(utc_second);
  DayTime time = day_time(local_second);
  // Of what data.timezone moves, midnights of UTC alone may have been dates.
  time.is_local = zone_ ? utc_second % seconds_per_day != 0 : local_second != utc_second;
  return time;
}

DayTime DayReader::of_naive(std::int64_t second) {
  const bool is_plain_date = !zone_ || second % seconds_per_day == 0;
  return is_plain_date ? day_time(second) : of_instant(second, *zone_);
}

std::optional<DayTime> DayReader::read(std::string_view text) {
  std::optional<CellTime> time = format_.empty() ? parse_cell_time(text) : parse_cell_time(text, format_);
  if (!time && is_compact_allowed_ && format_.empty()) time = parse_cell_time(text, "%Y%m%d");
  if (!time) return std::nullopt;
  const std::int64_t second = std::int64_t{time->date.days} * seconds_per_day + time->second;
  // Without data.timezone the date is the one written, whatever the offset says (W-35).
  if (zone_ && time->offset_s) return of_instant(second - *time->offset_s, *zone_);
  DayTime read = of_naive(second);
  read.is_local = read.is_local || time->offset_s.value_or(0) != 0;
  return read;
}

std::string DayReader::unreadable(std::string_view text) const {
  if (format_.empty()) return unreadable_date(text);
  return is_missing_marker(trimmed(text)) ? unreadable_date(text)
                                          : fmt::format("{} is not a date as data.csv.date_format {} has it",
                                                        quoted_cell(text), quoted_cell(format_));
}

}  // namespace backtest
