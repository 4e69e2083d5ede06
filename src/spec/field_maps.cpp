// Fields that hold maps.

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/ascii_text.hpp"
#include "spec/fields.hpp"

namespace backtest {

namespace {

SchemaNode described_alternative(DecodeContext& context, const Fields::Alternative& alternative) {
  SchemaNode node;
  node.name = alternative.name;
  node.kind = SchemaKind::map;
  node.description = alternative.description;
  Fields fields(context, nullptr, "", nullptr, &node);
  alternative.decode(fields);
  return node;
}

std::vector<std::string_view> names_of(const std::vector<Fields::Alternative>& alternatives) {
  std::vector<std::string_view> names;
  for (const Fields::Alternative& alternative : alternatives) names.push_back(alternative.name);
  return names;
}

}  // namespace

// Null when absent, null, or not a map (which is an error).
const Node* Fields::map_of(std::string_view name) {
  const Node* node = value_of(name);
  if (node == nullptr || node->kind == NodeKind::map) return node;
  error(name, described(*node) + " is not a map of keys");
  return nullptr;
}

void Fields::section(std::string_view name, std::string_view description, const std::function<void(Fields&)>& decode) {
  if (describing()) {
    SchemaNode node = described_alternative(context_, {name, description, decode});
    node.required = std::ranges::any_of(node.fields, &SchemaNode::required);
    schema_->fields.push_back(std::move(node));
    return;
  }
  const Node* node = map_of(name);
  if (node == nullptr && has(name)) return;
  // Errors about missing keys of an absent section point at the map that should hold it.
  Node nothing;
  nothing.kind = NodeKind::map;
  if (node_ != nullptr) {
    nothing.line = node_->line;
    nothing.column = node_->column;
  }
  json::object resolved;
  Fields fields(context_, node != nullptr ? node : &nothing, path_of(name), resolved_ != nullptr ? &resolved : nullptr,
                nullptr);
  decode(fields);
  fields.finish();
  write(name, std::move(resolved));
}

void Fields::optional_section(std::string_view name, std::string_view description,
                              const std::function<void(Fields&)>& decode) {
  if (describing() || has(name)) {
    section(name, description, decode);
    if (describing()) schema_->fields.back().required = false;
  }
  take(name);
}

void Fields::section_list(std::string_view name, std::string_view description, bool required,
                          const std::function<void(Fields&, std::size_t)>& decode) {
  if (describing()) {
    SchemaNode node = described_alternative(context_, {name, description, [&](Fields& fields) { decode(fields, 0); }});
    node.kind = SchemaKind::map_list;
    node.required = required;
    schema_->fields.push_back(std::move(node));
    return;
  }
  const Node* list = value_of(name);
  if (list != nullptr && list->kind != NodeKind::list) return error(name, described(*list) + " is not a list of maps");
  if (required && (list == nullptr || list->items.empty())) error(name, "is required: a list with at least one entry");
  json::array resolved;
  for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    const Node& item = list->items[i];
    const std::string item_path = path_of(name) + "[" + std::to_string(i) + "]";
    if (item.kind != NodeKind::map) {
      error_at(&item, item_path, described(item) + " is not a map of keys");
      continue;
    }
    json::object item_resolved;
    Fields fields(context_, &item, item_path, resolved_ != nullptr ? &item_resolved : nullptr, nullptr);
    decode(fields, i);
    fields.finish();
    resolved.emplace_back(std::move(item_resolved));
  }
  write(name, std::move(resolved));
}

void Fields::variant(std::string_view key, std::string_view standard, std::string_view description,
                     const std::vector<Alternative>& alternatives) {
  if (describing()) {
    SchemaNode& node = record(key, SchemaKind::variant, description);
    node.required = standard.empty();
    if (!standard.empty()) node.standard = json_of(standard);
    for (const Alternative& alternative : alternatives) {
      node.alternatives.push_back(described_alternative(context_, alternative));
    }
    return;
  }
  const std::vector<std::string_view> names = names_of(alternatives);
  const Node* node = value_of(key);
  const std::string word = node == nullptr ? std::string(standard) : is_scalar(*node) ? node->text : "";
  const auto found = std::ranges::find(names, word);
  if (found == names.end()) {
    error(key, node == nullptr
                   ? "is required: one of " + alternatives_text(names)
                   : described(*node) + " is not one of " + alternatives_text(names) + suggestion(word, names));
    take_all();  // what the other keys mean depends on this one
    return;
  }
  write(key, json_of(word));
  hint("with " + std::string(key) + ": " + word);
  alternatives[static_cast<std::size_t>(found - names.begin())].decode(*this);
}

std::string Fields::class_name(std::string_view standard, const std::vector<std::string_view>& names) {
  const char* key = "class";
  std::string name;
  for (const char* spelling : {"class", "class_name"}) {
    const Node* node = value_of(spelling);
    if (node != nullptr && !is_scalar(*node)) {
      error(spelling, described(*node) + " is not text");
      return "";
    }
    if (node == nullptr || !name.empty()) continue;
    key = spelling;
    name = trimmed(node->text);
  }
  if (name.empty()) name = standard;
  if (name.empty()) {
    error(key, "is required: one of " + alternatives_text(names));
  } else if (std::ranges::find(names, name) == names.end()) {
    error(key, "'" + shortened(name) + "' is not one of " + alternatives_text(names) + suggestion(name, names));
    name.clear();
  }
  return name;
}

std::string Fields::component(std::string_view standard, std::string_view description,
                              const std::vector<Alternative>& alternatives) {
  constexpr std::string_view module_reason = "components are built in";
  if (describing()) {
    SchemaNode& node = record("class", SchemaKind::component, description);
    node.other_names = {"class_name"};
    node.required = standard.empty();
    if (!standard.empty()) node.standard = json_of(standard);
    for (const Alternative& alternative : alternatives) {
      node.alternatives.push_back(described_alternative(context_, alternative));
    }
    without_effect("module", module_reason);
    return "";
  }
  const std::vector<std::string_view> names = names_of(alternatives);
  const std::string name = class_name(standard, names);
  without_effect("module", module_reason);
  if (name.empty()) {
    take_all();  // what the other keys mean depends on the class
    return name;
  }
  write("class", json_of(name));
  hint("a class takes its own keys under `parameters`");
  const auto found = std::ranges::find(names, name);
  section("parameters", "", alternatives[static_cast<std::size_t>(found - names.begin())].decode);
  return name;
}

}  // namespace backtest
