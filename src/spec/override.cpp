#include "spec/override.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "spec/node_words.hpp"

namespace backtest {

namespace {

using Path = std::vector<std::string>;

// nullopt for a key that is empty or a quote that does not close.
std::optional<Path> keys_of(std::string_view text) {
  Path keys;
  while (true) {
    std::string_view key;
    if (text.starts_with('"')) {
      const std::size_t end = text.find('"', 1);
      if (end == std::string_view::npos) return std::nullopt;
      key = text.substr(1, end - 1);
      text.remove_prefix(end + 1);
    } else {
      key = text.substr(0, text.find('.'));
      text.remove_prefix(key.size());
    }
    if (key.empty()) return std::nullopt;
    keys.emplace_back(key);
    if (text.empty()) return keys;
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
}

// Where the path ends and the value begins: the first '=' outside of quotes.
std::size_t equals_sign(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '=' && !quoted) return i;
  }
  return std::string_view::npos;
}

Diagnostic complaint(std::string_view path, std::string message) {
  return Diagnostic{.file = "--set", .path = std::string(path), .message = std::move(message)};
}

// The node at `key` of `parent`, made where a map lacks it; null, with a complaint, where there can be none.
Node* child_of(Node& parent, const std::string& key, std::string_view path, std::vector<Diagnostic>& errors) {
  if (parent.kind == NodeKind::list) {
    std::size_t index = 0;
    const auto [end, failure] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (failure == std::errc() && end == key.data() + key.size() && index < parent.items.size()) {
      return &parent.items[index];
    }
    errors.push_back(complaint(path, "'" + key + "' is no place in a list of " + std::to_string(parent.items.size()) +
                                         "; places count from 0"));
    return nullptr;
  }
  if (parent.kind == NodeKind::null) parent.kind = NodeKind::map;
  if (parent.kind != NodeKind::map) {
    errors.push_back(complaint(path, "'" + key + "' would stand in " + described(parent) + ", which has no keys"));
    return nullptr;
  }
  const auto member = std::ranges::find(parent.members, key, &Member::key);
  if (member != parent.members.end()) return &member->value;
  parent.members.push_back(Member{.key = key, .line = 0, .column = 0, .value = {}});
  return &parent.members.back().value;
}

void forget_places(Node& node) {
  node.line = node.column = 0;
  for (Node& item : node.items) forget_places(item);
  for (Member& member : node.members) {
    member.line = member.column = 0;
    forget_places(member.value);
  }
}

}  // namespace

void apply_overrides(const std::vector<std::string>& texts, Node& root, std::vector<Diagnostic>& errors) {
  std::set<Path> seen;
  for (const std::string& text : texts) {
    const std::size_t equals = equals_sign(text);
    const std::string_view path = std::string_view(text).substr(0, equals);
    const std::optional<Path> keys = equals == std::string::npos ? std::nullopt : keys_of(path);
    if (!keys) {
      errors.push_back(complaint("", "'" + shortened(text) + "' is not PATH=VALUE, such as broker.commission=0.001"));
      continue;
    }
    if (!seen.insert(*keys).second) {
      errors.push_back(complaint(path, "is set twice"));
      continue;
    }
    std::vector<Diagnostic> value_errors;
    const std::string_view written = std::string_view(text).substr(equals + 1);
    Node value;  // null: an empty document would be an empty map
    const std::size_t begin = written.find_first_not_of(" \t");
    if (begin != std::string_view::npos && written[begin] == '%') {
      value.kind = NodeKind::text;  // no YAML begins so but directives; a format of dates does
      value.text = written.substr(begin);
    } else if (begin != std::string_view::npos) {
      value = parse_yaml(written, "", value_errors);
    }
    for (const Diagnostic& error : value_errors) errors.push_back(complaint(path, error.message));
    if (!value_errors.empty()) continue;
    forget_places(value);
    Node* node = &root;
    for (const std::string& key : *keys) {
      node = child_of(*node, key, path, errors);
      if (node == nullptr) break;
    }
    if (node != nullptr) *node = std::move(value);
  }
}

}  // namespace backtest
