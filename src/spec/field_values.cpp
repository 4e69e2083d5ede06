// Fields that hold one value, or a list of texts.

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <limits>

#include "base/ascii_text.hpp"
#include "base/utf8_text.hpp"
#include "spec/fields.hpp"

namespace backtest {

namespace {

constexpr std::string_view number_kind = "number";
constexpr std::string_view integer_kind = "whole number";

// "a number > 0", "a number in (0, 1]"
std::string wanted(std::string_view kind, const Range& range) {
  const std::string text = range.text();
  const bool is_interval = text.starts_with('(') || text.starts_with('[');
  return "a " + std::string(kind) + (text.empty() ? "" : is_interval ? " in " + text : " " + text);
}

// Paths are the longest texts that a config needs.
constexpr std::size_t most_characters = 4096;

std::string too_long(std::string_view text) {
  return "has " + std::to_string(character_count(text)) + " characters; at most " + std::to_string(most_characters);
}

// Only where quotes are what is wrong: without them the text would be what is wanted.
std::string quotes_hint(const Node& node, NodeKind wanted) {
  if (node.kind != NodeKind::text) return "";
  Node plain;
  plain.text = node.text;
  resolve_plain(plain);
  return plain.kind == wanted ? ", without quotes" : "";
}

// hh:mm, hh:mm:ss or hh:mm:ss.fraction, then nothing, Z or an offset +hh:mm.
bool is_time_of_day(std::string_view text) {
  const auto two_digits = [&](int max) {
    if (text.size() < 2 || !is_digit(text[0]) || !is_digit(text[1])) return false;
    const int value = (text[0] - '0') * 10 + (text[1] - '0');
    text.remove_prefix(2);
    return value <= max;
  };
  const auto take = [&](char c) {
    if (text.empty() || text[0] != c) return false;
    text.remove_prefix(1);
    return true;
  };
  if (!two_digits(23) || !take(':') || !two_digits(59)) return false;
  if (take(':') && !two_digits(59)) return false;
  if (take('.')) {
    if (text.empty() || !is_digit(text[0])) return false;
    while (!text.empty() && is_digit(text[0])) text.remove_prefix(1);
  }
  if (text.empty() || text == "Z" || text == "z") return true;
  if (!take('+') && !take('-')) return false;
  return two_digits(23) && (text.empty() || (take(':') && two_digits(59) && text.empty()));
}

// A timestamp counts as its calendar date (CFG-5).
std::string_view without_time(std::string_view text) {
  constexpr std::size_t date_size = 10;
  const bool has_time = text.size() > date_size && (text[date_size] == 'T' || text[date_size] == ' ');
  return has_time && is_time_of_day(text.substr(date_size + 1)) ? text.substr(0, date_size) : text;
}

}  // namespace

void Fields::flag(std::string_view name, bool& value, std::string_view description) {
  if (describing()) {
    record(name, SchemaKind::flag, description).standard = value;
    return;
  }
  if (const Node* node = value_of(name)) {
    if (node->kind == NodeKind::flag) {
      value = node->flag;
    } else {
      error(name, described(*node) + " is not a flag; use true or false" + quotes_hint(*node, NodeKind::flag));
    }
  } else if (has_null(name)) {
    value = false;
    warn(name, "holds nothing, which reads as false; write true or false");
  }
  write(name, value);
}

bool Fields::number_in_range(const Node& node, const std::string& path, std::string_view kind, Range range,
                             double& value) {
  if (node.kind != NodeKind::number) {
    error_at(&node, path,
             described(node) + " is not a number; use " + wanted(kind, range) + quotes_hint(node, NodeKind::number));
    return false;
  }
  if (!range.holds(node.number)) {
    error_at(&node, path, "'" + shortened(node.text) + "' is out of range; use " + wanted(kind, range));
    return false;
  }
  // Not -0.0: it would be written, and so hashed, apart from 0.
  value = node.number == 0.0 ? 0.0 : node.number;
  return true;
}

bool Fields::read_number(std::string_view name, std::string_view kind, Range range, double& value) {
  const Node* node = value_of(name);
  if (node != nullptr) return number_in_range(*node, path_of(name), kind, range, value);
  if (has_null(name)) error(name, "holds nothing; use " + wanted(kind, range) + ", or leave the key out");
  return false;
}

bool Fields::read_integer(std::string_view name, Range range, int& value) {
  double number = 0.0;
  if (!read_number(name, integer_kind, range, number)) return false;
  const bool is_whole = number == std::floor(number);
  const bool fits = number >= std::numeric_limits<int>::min() && number <= std::numeric_limits<int>::max();
  if (is_whole && fits) {
    value = static_cast<int>(number);
    return true;
  }
  error(name, "'" + shortened(peek(name)->text) + "' is " + (is_whole ? "too large" : "not a whole number") + "; use " +
                  wanted(integer_kind, range));
  return false;
}

void Fields::number(std::string_view name, double& value, Range range, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, SchemaKind::number, description);
    node.range = range;
    node.standard = value;
    return;
  }
  read_number(name, number_kind, range, value);
  write(name, value);
}

void Fields::number(std::string_view name, std::optional<double>& value, Range range, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, SchemaKind::number, description);
    node.range = range;
    node.is_nullable = true;
    if (value) node.standard = *value;
    return;
  }
  double number = 0.0;
  if (has_null(name)) {
    take(name);
    value.reset();
  } else if (read_number(name, number_kind, range, number)) {
    value = number;
  }
  write(name, value ? json::value(*value) : json::value(nullptr));
}

void Fields::integer(std::string_view name, int& value, Range range, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, SchemaKind::integer, description);
    node.range = range;
    node.standard = value;
    return;
  }
  read_integer(name, range, value);
  write(name, value);
}

void Fields::integer(std::string_view name, std::optional<int>& value, Range range, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, SchemaKind::integer, description);
    node.range = range;
    node.is_nullable = true;
    if (value) node.standard = *value;
    return;
  }
  int number = 0;
  if (has_null(name)) {
    take(name);
    value.reset();
  } else if (read_integer(name, range, number)) {
    value = number;
  }
  write(name, value ? json::value(*value) : json::value(nullptr));
}

void Fields::required_number(std::string_view name, double& value, Range range, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, SchemaKind::number, description);
    node.range = range;
    node.required = true;
    return;
  }
  number(name, value, range, description);
  if (!has(name) && !has_null(name)) error(name, "is required: " + wanted(number_kind, range));
}

void Fields::required_integer(std::string_view name, int& value, Range range, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, SchemaKind::integer, description);
    node.range = range;
    node.required = true;
    return;
  }
  integer(name, value, range, description);
  if (!has(name) && !has_null(name)) error(name, "is required: " + wanted(integer_kind, range));
}

void Fields::text(std::string_view name, std::string& value, std::string_view description) {
  std::optional<std::string> given;
  if (describing()) {
    record(name, SchemaKind::text, description).standard = json_of(value);
    return;
  }
  text(name, given, description);
  if (given) value = *given;
  write(name, json_of(value));
}

void Fields::text(std::string_view name, std::optional<std::string>& value, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, SchemaKind::text, description);
    node.is_nullable = true;
    if (value) node.standard = json_of(*value);
    return;
  }
  if (const Node* node = value_of(name)) {
    const std::string_view given = trimmed(node->text);
    if (!is_scalar(*node)) {
      error(name, described(*node) + " is not text");
    } else if (character_count(given) > most_characters) {
      error(name, too_long(given));
    } else if (!given.empty()) {
      value = std::string(given);
    }
  }
  write(name, value ? json_of(*value) : json::value(nullptr));
}

void Fields::required_text(std::string_view name, std::string& value, std::string_view description) {
  if (describing()) {
    record(name, SchemaKind::text, description).required = true;
    return;
  }
  text(name, value, description);
  const Node* node = peek(name);
  if (value.empty() && (node == nullptr || is_scalar(*node))) error(name, "is required: text that is not blank");
}

void Fields::required_date(std::string_view name, Date& value, std::string_view description) {
  if (describing()) {
    record(name, SchemaKind::date, description).required = true;
    return;
  }
  const Node* node = value_of(name);
  if (node == nullptr) {
    error(name, "is required: a date, YYYY-MM-DD");
    return;
  }
  if (const auto date = is_scalar(*node) ? parse_date(without_time(trimmed(node->text))) : std::nullopt) {
    value = *date;
    write(name, json_of(to_text(value)));
  } else {
    error(name, described(*node) + " is not a date; use YYYY-MM-DD of a day that exists");
  }
}

void Fields::text_list(std::string_view name, std::vector<std::string>& value, std::string_view description,
                       bool required) {
  if (describing()) {
    record(name, SchemaKind::text_list, description).required = required;
    return;
  }
  const Node* node = value_of(name);
  const bool is_list = node != nullptr && node->kind == NodeKind::list;
  if (node != nullptr && !is_list) error(name, described(*node) + " is not a list of text");
  if (is_list) value.clear();
  for (std::size_t i = 0; is_list && i < node->items.size(); ++i) {
    const Node& item = node->items[i];
    const std::string_view text = is_scalar(item) ? trimmed(item.text) : std::string_view();
    // A ticker may be NULL; nothing at all, or ~, is none.
    if (text.empty() || (item.kind == NodeKind::null && text == "~")) {
      error_at(&item, path_of(name) + "[" + std::to_string(i) + "]",
               is_scalar(item) ? "the entry is blank; use text, or remove it" : described(item) + " is not text");
    } else if (character_count(text) > most_characters) {
      error_at(&item, path_of(name) + "[" + std::to_string(i) + "]", too_long(text));
    } else {
      value.emplace_back(text);
    }
  }
  if (required && (node == nullptr || (is_list && node->items.empty()))) {
    error(name, "is required: a list of text with at least one entry");
  }
  json::array array;
  for (const std::string& text : value) array.push_back(json_of(text));
  write(name, std::move(array));
}

void Fields::number_map(std::string_view name, std::vector<std::pair<std::string, double>>& value, Range range,
                        std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, SchemaKind::number_map, description);
    node.range = range;
    node.required = true;
    return;
  }
  const Node* node = map_of(name);
  if (node == nullptr) {
    if (!has(name)) error(name, "is required: a map of names and numbers");
    return;
  }
  if (node->members.empty()) error(name, "is required: a map of names and numbers with at least one entry");
  json::object written;
  for (const Member& member : node->members) {
    double number = 0.0;
    if (!number_in_range(member.value, path_of(name) + "." + shortened(member.key), number_kind, range, number))
      continue;
    const std::string key(trimmed(member.key));
    if (written.contains(key)) error(name, "'" + shortened(key) + "' stands twice in this map; keep one");
    value.emplace_back(key, number);
    written[key] = number;
  }
  write(name, std::move(written));
}

void Fields::text_map(std::string_view name, std::vector<std::pair<std::string, std::string>>& value,
                      std::string_view description) {
  if (describing()) {
    record(name, SchemaKind::text_map, description).is_nullable = true;
    return;
  }
  const Node* node = map_of(name);
  if (node == nullptr) return;
  json::object written;
  for (const Member& member : node->members) {
    const std::string key(trimmed(member.key));
    const std::string path = path_of(name) + "." + shortened(member.key);
    if (!is_scalar(member.value) || trimmed(member.value.text).empty()) {
      error_at(&member.value, path, described(member.value) + " is not text");
      continue;
    }
    const std::string text(trimmed(member.value.text));
    if (written.contains(key)) error(name, "'" + shortened(key) + "' stands twice in this map; keep one");
    for (const auto& [other_key, other_text] : value) {
      if (other_text == text) {
        error_at(&member.value, path,
                 "'" + shortened(text) + "' is " + shortened(other_key) + " already; a column has one name");
      }
    }
    value.emplace_back(key, text);
    written[key] = json_of(text);
  }
  if (!written.empty()) write(name, std::move(written));
}

std::optional<std::size_t> Fields::choose_or_unset(std::string_view name, const std::vector<std::string_view>& names,
                                                   std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, SchemaKind::choice, description);
    node.is_nullable = true;
    for (std::string_view choice : names) node.allowed.emplace_back(choice);
    return std::nullopt;
  }
  const Node* node = value_of(name);
  if (node == nullptr) return std::nullopt;
  const std::string word = is_scalar(*node) ? node->text : "";
  const auto found = std::ranges::find(names, word);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  error(name, described(*node) + " is not one of " + alternatives_text(names) + suggestion(word, names));
  return std::nullopt;
}

std::size_t Fields::choose(std::string_view name, std::size_t standard, const std::vector<std::string_view>& names,
                           std::string_view description, bool any_case) {
  if (describing()) {
    SchemaNode& node = record(name, SchemaKind::choice, description);
    node.standard = json_of(names[standard]);
    for (std::string_view choice : names) node.allowed.emplace_back(choice);
    return standard;
  }
  const Node* node = value_of(name);
  if (node == nullptr) return standard;
  std::string word = is_scalar(*node) ? node->text : "";
  if (any_case) word = lower_case(trimmed(word));
  const auto found = std::ranges::find(names, word);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  error(name, described(*node) + " is not one of " + alternatives_text(names) + suggestion(word, names));
  return standard;
}

}  // namespace backtest
