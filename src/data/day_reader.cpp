#include "data/day_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/ascii_text.hpp"
#include "base/date_format.hpp"
#include "base/diagnostic.hpp"

namespace backtest {

namespace {

constexpr std::int64_t seconds_per_day = 86'400;

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
  if (count_++ == 0) first_ = time;
  ++on_weekday_[static_cast<std::size_t>(calendar_fields(Date{time.day}).weekday)];
  if (time.second == 0) {
    has_midnights_ = true;
    return;
  }
  has_times_ = true;
  if (std::ranges::find(seconds_, time.second) != seconds_.end()) return;
  if (seconds_.size() < 2) {
    seconds_.push_back(time.second);
  } else {
    has_too_many_ = true;
  }
}

std::optional<std::string> TimesOfDay::doubt() const {
  if (!has_times_ || has_midnights_ || has_too_many_) return std::nullopt;
  constexpr std::int32_t noon = 12 * 3600;
  const bool is_evening = std::ranges::all_of(seconds_, [](std::int32_t second) { return second >= noon; });
  const std::int32_t apart = seconds_.size() < 2 ? 0 : std::abs(seconds_[0] - seconds_[1]);
  if (!is_evening || apart > 3600) return std::nullopt;
  // Trading days of the working week never fall on a Sunday; shifted by a day they do.
  constexpr std::size_t saturday = 6;
  constexpr std::size_t sunday = 7;
  if (on_weekday_[sunday] + on_weekday_[saturday] == 0) return std::nullopt;
  return fmt::format(
      "every date stands at {} o'clock, {} of them on a Sunday, the first is {} {}: they look like midnights of "
      "another "
      "time zone, which belong to the next day. data.timezone (such as Europe/Paris) reads them as the dates of that "
      "zone's clocks",
      seconds_.size() < 2
          ? clock_text(seconds_[0])
          : clock_text(std::min(seconds_[0], seconds_[1])) + " or " + clock_text(std::max(seconds_[0], seconds_[1])),
      on_weekday_[sunday], to_text(Date{first_.day}), clock_text(first_.second));
}

DayReader::DayReader(const TableFormat& format) : format_(format.date_format) {
  if (!format_.empty()) {
    if (auto wrong = wrong_date_format(format_))
      throw InvalidInput(Diagnostic{.path = "data.csv.date_format", .message = std::move(*wrong)});
  }
  if (format.timezone.empty()) return;
  if (!TimeZone::is_known(format.timezone)) {
    throw InvalidInput(Diagnostic{
        .path = "data.timezone",
        .message =
            "'" + format.timezone +
            "' is no time zone that this system knows; use a name like Europe/Paris, an offset like +09:00, or UTC"});
  }
  zone_ = std::make_unique<const TimeZone>(format.timezone);
}

DayTime DayReader::of_instant(std::int64_t utc_second, const TimeZone& zone) {
  return day_time((zone_ ? *zone_ : zone).local_second(utc_second));
}

DayTime DayReader::of_naive(std::int64_t second) {
  const bool is_plain_date = !zone_ || second % seconds_per_day == 0;
  return day_time(is_plain_date ? second : zone_->local_second(second));
}

std::optional<DayTime> DayReader::read(std::string_view text) {
  std::optional<CellTime> time = format_.empty() ? parse_cell_time(text) : parse_cell_time(text, format_);
  if (!time && is_compact_allowed_ && format_.empty()) time = parse_cell_time(text, "%Y%m%d");
  if (!time) return std::nullopt;
  const std::int64_t second = std::int64_t{time->date.days} * seconds_per_day + time->second;
  // Without data.timezone the date is the one written, whatever the offset says (W-35).
  if (!zone_ || !time->offset_s) return of_naive(second);
  return day_time(zone_->local_second(second - *time->offset_s));
}

std::string DayReader::unreadable(std::string_view text) const {
  if (format_.empty()) return unreadable_date(text);
  return is_missing_marker(trimmed(text)) ? unreadable_date(text)
                                          : fmt::format("{} is not a date as data.csv.date_format {} has it",
                                                        quoted_cell(text), quoted_cell(format_));
}

}  // namespace backtest
