#include "spec/tree.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>

#include "base/number_text.hpp"

namespace backtest {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

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

Node tree_of(const json::value& value, int depth, std::size_t& nodes, bool& too_large) {
  Node node;
  if (++nodes > document_nodes_max || depth > document_depth_max) {
    too_large = true;
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
      node.kind = NodeKind::number;
      node.number = value.to_number<double>();
      node.is_integer = !value.is_double();
      node.text = json_text(value);
      break;
    case json::kind::string:
      node.kind = NodeKind::text;
      node.text = value.get_string();
      break;
    case json::kind::array:
      node.kind = NodeKind::list;
      for (const json::value& item : value.get_array()) {
        node.items.push_back(tree_of(item, depth + 1, nodes, too_large));
      }
      break;
    case json::kind::object:
      node.kind = NodeKind::map;
      for (const auto& [key, item] : value.get_object()) {
        node.members.push_back({std::string(key), 0, 0, tree_of(item, depth + 1, nodes, too_large)});
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

Node tree_of(const json::value& value, std::vector<Diagnostic>& errors) {
  std::size_t nodes = 0;
  bool too_large = false;
  Node node = tree_of(value, 0, nodes, too_large);
  if (too_large) {
    errors.push_back({.message = "the config is too large or too deep: at most " + std::to_string(document_nodes_max) +
                                 " values and " + std::to_string(document_depth_max) + " levels"});
  }
  return node;
}

}  // namespace backtest
