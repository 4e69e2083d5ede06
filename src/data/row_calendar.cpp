#include "data/row_calendar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace backtest {

RowCalendar::RowCalendar(std::span<const Date> dates, std::size_t first_bar, Date start, Date end, OffCalendar rule)
    : dates_(dates), first_bar_(first_bar), start_(start), end_(end), rule_(rule) {}

void RowCalendar::Counted::add(Date date, std::uint64_t line) {
  if (rows++ == 0) {
    first_line = line;
    first_date = date;
  }
  days.insert(date.days);
}

std::string RowCalendar::Counted::text(const std::string& what) const {
  return fmt::format("{} {}{} on {} {} without a bar", rows, what, rows == 1 ? "" : "s", days.size(),
                     days.size() == 1 ? "day" : "days");
}

RowCalendar::Place RowCalendar::place(Date date, std::uint64_t line) {
  if (date < start_ || date > end_) return {};
  const auto after = std::ranges::lower_bound(dates_, date);
  const auto bar = static_cast<std::uint32_t>(after - dates_.begin());
  if (after != dates_.end() && *after == date) return {.bar = bar < first_bar_ ? not_read : bar, .refusal = {}};
  switch (rule_) {
    case OffCalendar::error:
      return {.refusal =
                  to_text(date) +
                  " is not a bar: no symbol of the universe has a price row on that day; data.on_off_calendar: "
                  "next moves the row to the first bar after it, previous to the last bar before (a look ahead), "
                  "warn leaves it out"};
    case OffCalendar::next:
      if (after == dates_.end()) break;
      moved_.add(date, line);
      return {.bar = bar, .is_moved = true, .refusal = {}};
    case OffCalendar::previous:
      if (bar <= first_bar_) break;
      moved_.add(date, line);
      return {.bar = bar - 1, .is_moved = true, .refusal = {}};
    case OffCalendar::warn:
      break;
  }
  left_out_.add(date, line);
  return {};
}

std::optional<Diagnostic> RowCalendar::warning(const std::string& path, const std::string& what) const {
  std::string text;
  if (moved_.rows > 0) {
    text = moved_.text(what) + (rule_ == OffCalendar::next
                                    ? " count on the first bar after their day"
                                    : " count on the last bar before their day, which is optimistic: they are read "
                                      "before they were known");
    text += fmt::format(", the first {} on line {}", to_text(moved_.first_date), moved_.first_line);
  }
  if (left_out_.rows > 0) {
    text += (text.empty() ? "" : "; ") + left_out_.text(what) + (left_out_.rows == 1 ? " is" : " are") +
            fmt::format(" left out, the first {} on line {}", to_text(left_out_.first_date), left_out_.first_line);
    if (rule_ == OffCalendar::warn) {
      text +=
          "; data.on_off_calendar: next moves them to the first bar after their day, previous to the last bar "
          "before (a look ahead), error refuses them";
    }
  }
  if (text.empty()) return std::nullopt;
  const std::uint64_t line = moved_.rows > 0 ? moved_.first_line : left_out_.first_line;
  return Diagnostic{.file = path, .line = line, .message = text, .importance = Importance::high};
}

}  // namespace backtest
