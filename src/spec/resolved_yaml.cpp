#include "spec/resolved_yaml.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/number_text.hpp"
#include "spec/tree.hpp"

namespace backtest {

namespace {

bool looks_like_date(std::string_view text) {
  return text.size() >= 8 && text[0] >= '0' && text[0] <= '9';
}

bool is_plain_safe(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || looks_like_date(text)) return false;
  const bool simple = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' ||
           c == ' ' || c == '.' || c == '-' || (static_cast<unsigned char>(c) & 0x80) != 0;
  });
  if (!simple || text.front() == '-' || text.front() == '.') return false;
  Node node;
  node.text = text;
  resolve_plain(node);
  // Digits first would be a number to some YAML reader or other (0700, 1e5, 12_3).
  return node.kind == NodeKind::text && !(text.front() >= '0' && text.front() <= '9');
}

std::string scalar(std::string_view text) {
  if (is_plain_safe(text)) return std::string(text);
  const bool has_control =
      std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (has_control) {
    std::string quoted;
    append_json_string(quoted, text);  // JSON's escapes are YAML's
    return quoted;
  }
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

bool is_empty_collection(const json::value& value) {
  return (value.is_array() && value.get_array().empty()) || (value.is_object() && value.get_object().empty());
}

std::string inline_text(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    case json::kind::string:
      return scalar(value.get_string());
    case json::kind::array:
      return "[]";
    case json::kind::object:
      return "{}";
    case json::kind::double_: {
      // YAML 1.1 wants a dot and a sign in an exponent form.
      std::string text = number_text(value.get_double());
      const std::size_t exponent = text.find('e');
      if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
      return text;
    }
    default:
      return json_text(value);
  }
}

void append(std::string& out, const json::value& value, std::size_t indent);

void append_entry(std::string& out, const json::value& value, std::size_t indent) {
  const bool is_block = (value.is_array() || value.is_object()) && !is_empty_collection(value);
  if (is_block) {
    out += '\n';
    append(out, value, indent);
  } else {
    out += ' ' + inline_text(value) + '\n';
  }
}

void append(std::string& out, const json::value& value, std::size_t indent) {
  const std::string margin(indent, ' ');
  if (value.is_object()) {
    for (const auto& [key, item] : value.get_object()) {
      out += margin + scalar(key) + ':';
      append_entry(out, item, indent + 2);
    }
    return;
  }
  for (const json::value& item : value.get_array()) {
    out += margin + '-';
    append_entry(out, item, indent + 2);
  }
}

}  // namespace

std::string resolved_yaml(const json::value& resolved) {
  std::string out;
  if (resolved.is_object()) append(out, resolved, 0);
  return out;
}

}  // namespace backtest
