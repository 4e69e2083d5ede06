#include "data/cell_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/number_text.hpp"
#include "engine/model/panel.hpp"

namespace backtest {

namespace {

constexpr std::array<std::string_view, 19> missing_markers = {
    "",     "#N/A", "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A",  "NA",       "NULL", "NaN",     "None",     "n/a",  "nan",  "null"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "hh:mm[:ss[.fraction]]" at the front of `text`; what follows stays.
bool skip_time(std::string_view& text) {
  const auto two_digits = [&text](std::size_t at, int limit) {
    return text.size() >= at + 2 && is_digit(text[at]) && is_digit(text[at + 1]) &&
           (text[at] - '0') * 10 + (text[at + 1] - '0') < limit;
  };
  if (!two_digits(0, 24) || text.size() < 5 || text[2] != ':' || !two_digits(3, 60)) return false;
  text.remove_prefix(5);
  if (text.empty() || text[0] != ':') return true;
  text.remove_prefix(1);
  if (!two_digits(0, 61)) return false;
  text.remove_prefix(2);
  if (text.empty() || text[0] != '.') return true;
  text.remove_prefix(1);
  if (text.empty() || !is_digit(text[0])) return false;
  while (!text.empty() && is_digit(text[0])) text.remove_prefix(1);
  return true;
}

bool is_offset(std::string_view text) {
  if (text.empty() || text == "Z" || text == "z") return true;
  if (text[0] != '+' && text[0] != '-') return false;
  text.remove_prefix(1);
  if (text.size() == 5 && text[2] == ':')
    return is_digit(text[0]) && is_digit(text[1]) && is_digit(text[3]) && is_digit(text[4]);
  return (text.size() == 2 || text.size() == 4) && std::ranges::all_of(text, is_digit);
}

std::string quoted(std::string_view text) {
  constexpr std::size_t shown_at_most = 60;
  return text.size() <= shown_at_most ? fmt::format("'{}'", text)
                                      : fmt::format("'{}...'", text.substr(0, shown_at_most));
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_missing_marker(std::string_view text) {
  constexpr std::size_t longest = 8;
  return text.size() <= longest && std::ranges::find(missing_markers, text) != missing_markers.end();
}

std::optional<double> parse_cell(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return missing;
  if (const std::optional<double> number = parse_number(text)) return std::isnan(*number) ? missing : *number;
  if (is_missing_marker(text)) return missing;
  return std::nullopt;
}

std::optional<Date> parse_cell_date(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 10) return std::nullopt;
  const std::optional<Date> date = parse_date(text.substr(0, 10));
  if (!date || text.size() == 10) return date;
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  text.remove_prefix(11);
  if (!skip_time(text) || !is_offset(text)) return std::nullopt;
  return date;
}

std::string unreadable_date(std::string_view text) {
  if (is_missing_marker(trimmed(text))) return "the date is missing";
  return quoted(text) + " is not a date; write it as YYYY-MM-DD";
}

std::string not_a_number(std::string_view text) {
  return quoted(text) + " is not a number";
}

}  // namespace backtest
