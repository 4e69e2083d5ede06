#include "spec/tree.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>

#include "base/ascii_text.hpp"
#include "base/number_text.hpp"

namespace backtest {

namespace {

// The text of a decimal number without its underscores; empty when it is none.
std::string decimal_text(std::string_view text) {
  std::string digits;
  bool has_digit = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '_') {
      if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) return {};
      continue;
    }
    if (!is_digit(c) && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-') return {};
    has_digit = has_digit || is_digit(c);
    digits += c;
  }
  if (!has_digit) return {};
  const std::size_t first = digits[0] == '+' || digits[0] == '-' ? 1 : 0;
  // 010 is octal to YAML and ten to people: it is neither here.
  if (digits.size() > first + 1 && digits[first] == '0' && is_digit(digits[first + 1])) return {};
  return digits;
}

struct JsonWalk {
  std::size_t nodes = 0;
  bool too_large = false;
  bool has_control = false;
};

Node tree_of(const json::value& value, int depth, JsonWalk& walk) {
  Node node;
  if (++walk.nodes > document_nodes_max || depth > document_depth_max) {
    walk.too_large = true;
    return node;
  }
  switch (value.kind()) {
    case json::kind::null:
      break;
    case json::kind::bool_:
      node.kind = NodeKind::flag;
      node.flag = value.get_bool();
      node.text = node.flag ? "true" : "false";
      break;
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      node.number = value.to_number<double>();
      // Boost.JSON reads 1e400 as infinite; that is no number here.
      node.kind = std::isfinite(node.number) ? NodeKind::number : NodeKind::text;
      node.is_integer = !value.is_double();
      node.text = std::isfinite(node.number) ? json_text(value) : "an infinite number";
      break;
    case json::kind::string:
      node.kind = NodeKind::text;
      node.text = value.get_string();
      walk.has_control = walk.has_control || has_control_character(node.text);
      break;
    case json::kind::array:
      node.kind = NodeKind::list;
      for (const json::value& item : value.get_array()) {
        node.items.push_back(tree_of(item, depth + 1, walk));
      }
      break;
    case json::kind::object:
      node.kind = NodeKind::map;
      for (const auto& [key, item] : value.get_object()) {
        walk.has_control = walk.has_control || has_control_character(key);
        node.members.push_back({std::string(key), 0, 0, tree_of(item, depth + 1, walk)});
      }
      break;
  }
  return node;
}

}  // namespace

const Member* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(members, key, &Member::key);
  return found == members.end() ? nullptr : &*found;
}

void resolve_plain(Node& node) {
  static constexpr std::array<std::string_view, 5> nulls{"", "~", "null", "Null", "NULL"};
  static constexpr std::array<std::string_view, 9> yes{"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"};
  static constexpr std::array<std::string_view, 9> no{"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"};
  const auto is_one_of = [&](const auto& words) { return std::ranges::find(words, node.text) != words.end(); };
  node.kind = NodeKind::text;
  if (is_one_of(nulls)) {
    node.kind = NodeKind::null;
  } else if (is_one_of(yes) || is_one_of(no)) {
    node.kind = NodeKind::flag;
    node.flag = is_one_of(yes);
  } else if (const std::string digits = decimal_text(node.text); !digits.empty()) {
    const auto number = parse_number(digits);
    if (number && std::isfinite(*number)) {
      node.kind = NodeKind::number;
      node.number = *number;
      node.is_integer = digits.find_first_of(".eE") == std::string::npos;
    }
  }
}

std::size_t invalid_utf8_at(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - at < length) return at;
    for (std::size_t i = 1; i < length; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return at;
    }
    const bool is_overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
    const bool is_outside = (lead == 0xED && byte(1) > 0x9F) || (lead == 0xF4 && byte(1) > 0x8F);
    if (is_overlong || is_outside) return at;
    at += length;
  }
  return std::string_view::npos;
}

bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  // Line and paragraph separators, byte order mark.
  for (std::string_view mark : {"\xE2\x80\xA8", "\xE2\x80\xA9", "\xEF\xBB\xBF"}) {
    if (text.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

Node tree_of(const json::value& value, std::vector<Diagnostic>& errors) {
  JsonWalk walk;
  Node node = tree_of(value, 0, walk);
  if (walk.too_large) {
    errors.push_back({.message = "the config is too large or too deep: at most " + std::to_string(document_nodes_max) +
                                 " values and " + std::to_string(document_depth_max) + " levels"});
  }
  if (walk.has_control) {
    errors.push_back({.message = "a text holds a line break or another control character; write one line"});
  }
  return node;
}

}  // namespace backtest
