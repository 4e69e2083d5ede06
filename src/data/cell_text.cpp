#include "data/cell_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii_text.hpp"
#include "base/number_text.hpp"
#include "engine/model/panel.hpp"

namespace backtest {

namespace {

constexpr std::array<std::string_view, 19> missing_markers = {
    "",     "#N/A", "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A",  "NA",       "NULL", "NaN",     "None",     "n/a",  "nan",  "null"};

// The number in `count` digits at the front of `text`, which is cut off; nullopt where they are not all digits.
std::optional<int> cut_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool cut(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

// "hh:mm[:ss[.fraction]]" at the front of `text`; what follows stays.
bool cut_time(std::string_view& text, std::int32_t& second_of_day) {
  const auto hour = cut_digits(text, 2);
  if (!hour || *hour > 23 || !cut(text, ':')) return false;
  const auto minute = cut_digits(text, 2);
  if (!minute || *minute > 59) return false;
  second_of_day = (*hour * 60 + *minute) * 60;
  if (!cut(text, ':')) return true;
  const auto second = cut_digits(text, 2);
  if (!second || *second > 60) return false;
  second_of_day += *second;
  if (!cut(text, '.')) return true;
  if (text.empty() || !is_digit(text[0])) return false;
  while (!text.empty() && is_digit(text[0])) text.remove_prefix(1);
  return true;
}

// "", "Z", "+hh", "+hhmm" or "+hh:mm", the whole of `text`.
bool read_offset(std::string_view text, std::optional<std::int32_t>& offset_s) {
  if (text.empty()) return true;
  if (text == "Z" || text == "z") {
    offset_s = 0;
    return true;
  }
  const int sign = text[0] == '-' ? -1 : 1;
  if (text[0] != '+' && text[0] != '-') return false;
  text.remove_prefix(1);
  const auto hours = cut_digits(text, 2);
  if (!hours) return false;
  std::optional<int> minutes = 0;
  if (!text.empty()) {
    cut(text, ':');
    minutes = cut_digits(text, 2);
  }
  if (!minutes || !text.empty()) return false;
  offset_s = sign * (*hours * 60 + *minutes) * 60;
  return true;
}

std::string quote(std::string_view text) {
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

namespace {

// Without blanks at its ends, those that hold a number and its unit together too.
std::string_view bare(std::string_view text) {
  constexpr std::array<std::string_view, 2> no_break_spaces = {"\u00a0", "\u202f"};
  for (std::size_t before = text.size() + 1; text.size() < before;) {
    before = text.size();
    text = trimmed(text);
    for (const std::string_view space : no_break_spaces) {
      if (text.starts_with(space)) text.remove_prefix(space.size());
      if (text.ends_with(space)) text.remove_suffix(space.size());
    }
  }
  return text;
}

// 12.5%, as the number nearest to 0.125.
std::optional<double> parse_percent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  const std::string_view number = bare(text.substr(0, text.size() - 1));
  if (number.empty() || !is_digit(number.back()) || number.find_first_of("eE") != std::string_view::npos) {
    return std::nullopt;
  }
  return parse_number(std::string(number) + "e-2");
}

}  // namespace

std::optional<double> parse_cell(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return missing;
  const std::optional<double> number = parse_number(text);
  if (number && !std::isnan(*number)) return number;
  if (is_missing_marker(text)) return missing;
  if (number) return std::nullopt;  // other spellings of NaN
  return parse_percent(text);
}

namespace {

// "-$5", "$-5" and "5 $" without the sign of the currency; the text as it is where the sign is not at an end.
std::string without_currency(std::string_view text, std::string_view currency) {
  const std::string_view sign = text.substr(0, text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  const std::string_view number = text.substr(sign.size());
  if (number.starts_with(currency)) return std::string(sign) + std::string(bare(number.substr(currency.size())));
  if (number.ends_with(currency)) {
    return std::string(sign) + std::string(bare(number.substr(0, number.size() - currency.size())));
  }
  return std::string(text);
}

// Spreadsheets keep groups together with a no-break space, wide (U+00A0) or narrow (U+202F).
std::string with_plain_spaces(std::string_view text) {
  std::string plain(text);
  for (const std::string_view space : {"\u00a0", "\u202f"}) {
    for (auto at = plain.find(space); at != std::string::npos; at = plain.find(space, at + 1)) {
      plain.replace(at, space.size(), " ");
    }
  }
  return plain;
}

}  // namespace

std::optional<double> parse_cell(std::string_view text, const NumberFormat& format) {
  text = trimmed(text);
  if (is_missing_marker(text)) return missing;
  std::string without;
  if (!format.currency.empty()) {
    without = without_currency(text, format.currency);
    text = without;
    if (text.empty()) return std::nullopt;
  }
  const bool is_percent = text.ends_with('%');
  if (is_percent) text = bare(text.substr(0, text.size() - 1));
  std::string spaced;
  if (format.thousands == ' ' && !std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) > 0; })) {
    spaced = with_plain_spaces(text);
    text = trimmed(spaced);
  }
  std::string plain;
  plain.reserve(text.size());
  bool is_after_decimal = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == format.decimal && !is_after_decimal) {
      is_after_decimal = true;
      plain += '.';
    } else if (c == format.thousands && c != '\0') {
      // Groups of three digits, after one to three: 1,23 is no number.
      std::string_view group = text.substr(i + 1);
      const bool is_group = cut_digits(group, 3).has_value() && (group.empty() || !is_digit(group[0]));
      if (is_after_decimal || !is_group || i == 0 || !is_digit(text[i - 1])) return std::nullopt;
    } else if (c == '.') {
      return std::nullopt;
    } else {
      plain += c;
    }
  }
  const std::size_t first_separator = text.find(format.thousands);
  if (format.thousands != '\0' && first_separator != std::string_view::npos) {
    const std::size_t first_digit = text[0] == '-' || text[0] == '+' ? 1 : 0;
    if (first_separator - first_digit > 3) return std::nullopt;
  }
  if (is_percent) plain += '%';
  return parse_cell(plain);
}

std::optional<CellTime> parse_cell_time(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 10) return std::nullopt;
  const std::optional<Date> date = parse_date(text.substr(0, 10));
  if (!date) return std::nullopt;
  CellTime time{.date = *date, .second = 0, .offset_s = std::nullopt};
  if (text.size() == 10) return time;
  if (text[10] != 'T' && text[10] != 't' && text[10] != ' ') return std::nullopt;
  text.remove_prefix(11);
  if (!cut_time(text, time.second) || !read_offset(text, time.offset_s)) return std::nullopt;
  return time;
}

std::optional<Date> parse_cell_date(std::string_view text) {
  const std::optional<CellTime> time = parse_cell_time(text);
  if (!time) return std::nullopt;
  return time->date;
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

std::string quoted_cell(std::string_view text) {
  return quote(text);
}

}  // namespace backtest
