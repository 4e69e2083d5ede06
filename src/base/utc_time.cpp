#include "base/utc_time.hpp"

#include <fmt/format.h>

#include <chrono>

namespace backtest {

namespace {

constexpr std::int64_t microseconds_per_second = 1'000'000;

std::optional<int> two_digits(std::string_view text) {
  if (text.size() != 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return std::nullopt;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

// ".25" -> 250000, and "" -> 0.
std::optional<std::int64_t> fraction(std::string_view text) {
  if (text.empty()) return 0;
  if (text.front() != '.' || text.size() < 2 || text.size() > 7) return std::nullopt;
  std::int64_t value = 0;
  for (std::size_t i = 1; i < 7; ++i) {
    const char digit = i < text.size() ? text[i] : '0';
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  return value;
}

}  // namespace

std::string utc_text(std::int64_t microseconds) {
  std::int64_t day = microseconds / microseconds_per_day;
  std::int64_t rest = microseconds % microseconds_per_day;
  if (rest < 0) {
    rest += microseconds_per_day;
    --day;
  }
  const std::int64_t second = rest / microseconds_per_second;
  const std::int64_t part = rest % microseconds_per_second;
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", to_text(Date{static_cast<std::int32_t>(day)}), second / 3600,
                                 second / 60 % 60, second % 60);
  if (part != 0) text += fmt::format(".{:06}", part);
  return text + "+00:00";
}

std::optional<std::int64_t> parse_utc(std::string_view text) {
  if (text.ends_with("+00:00")) {
    text.remove_suffix(6);
  } else if (text.ends_with("Z")) {
    text.remove_suffix(1);
  } else {
    return std::nullopt;
  }
  if (text.size() < 19 || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
    return std::nullopt;
  const auto date = parse_date(text.substr(0, 10));
  const auto hour = two_digits(text.substr(11, 2));
  const auto minute = two_digits(text.substr(14, 2));
  const auto second = two_digits(text.substr(17, 2));
  const auto part = fraction(text.substr(19));
  if (!date || !hour || !minute || !second || !part || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return date->days * microseconds_per_day + (*hour * 3600 + *minute * 60 + *second) * microseconds_per_second + *part;
}

std::int64_t utc_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Date utc_today() {
  return Date{static_cast<std::int32_t>(utc_now() / microseconds_per_day)};
}

}  // namespace backtest
