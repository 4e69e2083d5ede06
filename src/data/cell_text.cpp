#include "data/cell_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/ascii_text.hpp"
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
  std::size_t shown = std::min(text.size(), shown_at_most);
  const auto continues = [&text](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U; };
  while (shown < text.size() && shown > 0 && continues(shown)) --shown;
  std::string cut(text.substr(0, shown));
  const bool is_readable = is_utf8(cut);
  for (char& c : cut) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !is_readable)) c = '?';
  }
  return shown == text.size() ? fmt::format("'{}'", cut) : fmt::format("'{}...'", cut);
}

}  // namespace

bool is_missing_marker(std::string_view text) {
  constexpr std::size_t longest = 8;
  return text.size() <= longest && std::ranges::find(missing_markers, text) != missing_markers.end();
}

std::optional<double> parse_cell(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return missing;
  const std::optional<double> number = parse_number(text);
  if (number && !std::isnan(*number)) return number;
  if (is_missing_marker(text)) return missing;
  return std::nullopt;  // other spellings of NaN too
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

bool is_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80           ? 1
                               : (lead >> 5) == 0x6  ? 2
                               : (lead >> 4) == 0xE  ? 3
                               : (lead >> 3) == 0x1E ? 4
                                                     : 0;
    if (length == 0 || at + length > text.size()) return false;
    std::uint32_t code = length == 1 ? lead : lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto byte = static_cast<unsigned char>(text[at + i]);
      if ((byte & 0xC0U) != 0x80U) return false;
      code = code << 6 | (byte & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
    if (code < smallest[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    at += length;
  }
  return true;
}

std::string unreadable_date(std::string_view text) {
  if (is_missing_marker(trimmed(text))) return "the date is missing";
  return quoted(text) + " is not a date; write it as YYYY-MM-DD";
}

std::string not_a_number(std::string_view text) {
  return quoted(text) + " is not a number";
}

}  // namespace backtest
