// What to say about cells that cannot be read: how such a date or number could be.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii_text.hpp"
#include "data/cell_text.hpp"

namespace backtest {

namespace {

// A date's numbers and words, and what stands before each.
struct DateParts {
  std::vector<std::string_view> parts;
  std::vector<std::string_view> before;
  std::string_view rest;  // behind the third part
};

DateParts parts_of(std::string_view date) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  DateParts found;
  std::size_t at = 0;
  while (at < date.size() && found.parts.size() < 3) {
    std::size_t begin = at;
    while (begin < date.size() && !is_digit(date[begin]) && !is_letter(date[begin])) ++begin;
    std::size_t end = begin;
    while (end < date.size() && is_digit(date[end]) == is_digit(date[begin]) &&
           (is_digit(date[end]) || is_letter(date[end]))) {
      ++end;
    }
    if (begin == end) break;
    found.before.push_back(date.substr(at, begin - at));
    found.parts.push_back(date.substr(begin, end - begin));
    at = end;
  }
  found.rest = date.substr(at);
  return found;
}

// "%b" or "%B"; empty for a word that names no month, and for numbers.
std::string month_name_directive(std::string_view word) {
  constexpr std::string_view months = "jan feb mar apr may jun jul aug sep oct nov dec";
  if (word.size() < 3 || is_digit(word[0])) return "";
  if (!months.contains(lower_case(word.substr(0, 3)))) return "";
  return word.size() == 3 ? "%b" : "%B";
}

std::optional<std::string> time_directives(std::string_view rest) {
  std::string shape;
  for (const char c : rest) shape += is_digit(c) ? '9' : c;
  if (shape.empty()) return "";
  if (shape == " 99:99") return " %H:%M";
  if (shape == " 99:99:99") return " %H:%M:%S";
  return std::nullopt;
}

// How a date may be written, in the directives of data.csv.date_format: in two ways where its day may be its month.
std::vector<std::string> formats_like(std::string_view date) {
  const DateParts found = parts_of(date);
  const auto time = time_directives(found.rest);
  if (found.parts.size() != 3 || !time) return {};
  const auto four = std::ranges::find_if(found.parts, [](std::string_view part) { return part.size() == 4; });
  const std::size_t year = four == found.parts.end() ? 2 : static_cast<std::size_t>(four - found.parts.begin());
  const std::size_t first = year == 0 ? 1 : 0, second = year == 2 ? 1 : 2;
  const auto written = [&](const std::string& a, const std::string& b) {
    std::array<std::string, 3> directives;
    directives[first] = a;
    directives[second] = b;
    directives[year] = found.parts[year].size() == 4 ? "%Y" : "%y";
    std::string format;
    for (std::size_t i = 0; i < 3; ++i) format += std::string(found.before[i]) + directives[i];
    return format + *time;
  };
  if (const std::string name = month_name_directive(found.parts[first]); !name.empty()) return {written(name, "%d")};
  if (const std::string name = month_name_directive(found.parts[second]); !name.empty()) return {written("%d", name)};
  if (!std::ranges::all_of(found.parts, [](std::string_view part) { return is_digit(part[0]); })) return {};
  if (year == 0) return {written("%m", "%d")};
  const auto above_12 = [](std::string_view part) { return part.size() == 2 && part > "12"; };
  if (above_12(found.parts[second])) return {written("%m", "%d")};
  if (above_12(found.parts[first]) || found.before[1] == ".") return {written("%d", "%m")};
  return {written("%d", "%m"), written("%m", "%d")};
}

// A number that may be a date: by how many digits it has, since 1973 as a count of seconds or parts of them.
std::vector<std::string> formats_like_number(std::string_view date) {
  const std::size_t point = date.find('.');
  const std::string_view whole = date.substr(0, point);
  const bool has_fraction = point != std::string_view::npos;
  if (!std::ranges::all_of(whole, is_digit)) return {};
  if (has_fraction && !std::ranges::all_of(date.substr(point + 1), is_digit)) return {};
  switch (whole.size()) {
    case 5:
      return {"excel"};
    case 7:
      return has_fraction ? std::vector<std::string>{} : std::vector<std::string>{"%Y%j"};
    case 8:
      return has_fraction ? std::vector<std::string>{} : std::vector<std::string>{"%Y%m%d"};
    case 9:
    case 10:
      return {"epoch_s"};
    case 12:
    case 13:
      return {"epoch_ms"};
    case 15:
    case 16:
      return {"epoch_us"};
    case 18:
    case 19:
      return {"epoch_ns"};
    default:
      return {};
  }
}

// "Mon 01 Jan 2024": the weekday's directive with what follows it, and the date behind them.
std::vector<std::string> formats_behind_weekday(std::string_view date) {
  constexpr std::array<std::string_view, 7> weekdays = {"monday", "tuesday",  "wednesday", "thursday",
                                                        "friday", "saturday", "sunday"};
  const std::size_t letters = std::min(date.size(), date.find_first_of(", "));
  const std::string word = lower_case(date.substr(0, letters));
  const bool is_weekday = word.size() >= 3 && std::ranges::any_of(weekdays, [&](std::string_view weekday) {
                            return word == weekday || word == weekday.substr(0, 3);
                          });
  if (!is_weekday) return {};
  const std::size_t begin = std::min(date.size(), date.find_first_not_of(", ", letters));
  std::vector<std::string> formats = formats_like(date.substr(begin));
  for (std::string& format : formats) format = "%a" + std::string(date.substr(letters, begin - letters)) + format;
  return formats;
}

}  // namespace

std::string unreadable_date(std::string_view text) {
  const std::string_view date = trimmed(text);
  if (is_missing_marker(date)) return "the date is missing";
  std::string wrong = quoted_cell(text) + " is not a date; write it as YYYY-MM-DD";
  std::vector<std::string> formats = formats_like(date);
  if (formats.empty()) formats = formats_behind_weekday(date);
  if (formats.empty()) formats = formats_like_number(date);
  if (formats.empty()) return wrong;
  std::erase_if(formats, [date](const std::string& format) { return !parse_cell_time(date, format); });
  if (formats.empty()) {
    return quoted_cell(text) + " is not a date: there is no such day" + (date.contains(':') ? " or time" : "");
  }
  wrong += fmt::format(", or say how it is written (data.csv: {{date_format: \"{}\"}}", formats[0]);
  if (formats.size() > 1) wrong += fmt::format(" or \"{}\"", formats[1]);
  return wrong + ")";
}

namespace {

// The sign of a currency at either end of a number, empty where there is none.
std::string_view currency_of(std::string_view number) {
  constexpr std::array<std::string_view, 6> signs = {"$", "\u20ac", "\u00a3", "\u00a5", "\u20b9", "\u20bf"};
  if (number.starts_with('-') || number.starts_with('+')) number.remove_prefix(1);
  for (const std::string_view sign : signs) {
    if (number.starts_with(sign) || number.ends_with(sign)) return sign;
  }
  return "";
}

std::string keys_of(const NumberFormat& format) {
  std::string keys;
  const auto add = [&keys](const std::string& key) { keys += (keys.empty() ? "" : ", ") + key; };
  if (!format.currency.empty()) add(fmt::format("currency: \"{}\"", format.currency));
  if (format.decimal != '.') add("decimal: \",\"");
  if (format.thousands == ' ') add("thousands: space");
  if (format.thousands != ' ' && format.thousands != '\0') add(fmt::format("thousands: \"{}\"", format.thousands));
  return "{" + keys + "}";
}

// The formats that read a text as a number, each as another one, in as few keys as will do.
std::vector<NumberFormat> formats_that_read(std::string_view text) {
  std::vector<NumberFormat> found;
  std::vector<double> numbers;
  for (const char thousands : {'\0', ',', '.', '\'', ' ', '_'}) {
    for (const char decimal : {'.', ','}) {
      if (decimal == thousands) continue;
      NumberFormat format{.decimal = decimal, .thousands = thousands, .currency = std::string(currency_of(text))};
      const std::optional<double> number = parse_cell(text, format);
      if (!number || std::isnan(*number) || std::ranges::find(numbers, *number) != numbers.end()) continue;
      numbers.push_back(*number);
      found.push_back(std::move(format));
    }
  }
  return found;
}

}  // namespace

std::string not_a_number(std::string_view text) {
  const std::string wrong = quoted_cell(text) + " is not a number";
  const std::vector<NumberFormat> formats = formats_that_read(trimmed(text));
  if (formats.empty() || formats[0] == NumberFormat{}) return wrong;
  if (formats.size() == 1) return fmt::format("{}; data.csv: {} reads it", wrong, keys_of(formats[0]));
  return fmt::format("{}; data.csv: {} or {} says what its comma is", wrong, keys_of(formats[0]), keys_of(formats[1]));
}

}  // namespace backtest
