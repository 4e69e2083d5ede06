#include "spec/fields.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <cmath>

#include "base/ascii_text.hpp"
#include "base/number_text.hpp"

namespace backtest {

namespace {

std::string plain_number(double v) {
  std::string text = number_text(v);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string what_it_is(const Node& node) {
  switch (node.kind) {
    case NodeKind::null:
      return "nothing";
    case NodeKind::flag:
      return "'" + node.text + "' (a flag)";
    case NodeKind::number:
      return "'" + node.text + "' (a number)";
    case NodeKind::text:
      return "'" + node.text.substr(0, 60) + "' (text)";
    case NodeKind::list:
      return "a list";
    case NodeKind::map:
      return "a map";
  }
  return "";
}

json::value json_of(std::string_view text) {
  return json::value(json::string(text.data(), text.size()));
}

json::value json_of(const Node& node) {
  switch (node.kind) {
    case NodeKind::null:
      return nullptr;
    case NodeKind::flag:
      return node.flag;
    case NodeKind::number:
      return node.number;
    case NodeKind::text:
      return json_of(node.text);
    case NodeKind::list: {
      json::array list;
      for (const Node& item : node.items) list.push_back(json_of(item));
      return list;
    }
    case NodeKind::map:
      break;
  }
  json::object map;
  for (const Member& member : node.members) map[member.key] = json_of(member.value);
  return map;
}

bool is_scalar(const Node& node) {
  return node.kind != NodeKind::list && node.kind != NodeKind::map;
}

}  // namespace

std::string Range::text() const {
  const bool has_low = std::isfinite(low);
  const bool has_high = std::isfinite(high);
  if (!has_low && !has_high) return "";
  if (!has_high) return (low_is_open ? "> " : ">= ") + plain_number(low);
  if (!has_low) return (high_is_open ? "< " : "<= ") + plain_number(high);
  return (low_is_open ? "(" : "[") + plain_number(low) + ", " + plain_number(high) + (high_is_open ? ")" : "]");
}

std::string alternatives_text(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += "'" + std::string(names[i]) + "'";
  }
  return text;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& allowed) {
  const std::string_view near = nearest_word(word, allowed);
  return near.empty() ? "" : "; did you mean '" + std::string(near) + "'?";
}

Fields::Fields(DecodeContext& context, const Node* node, std::string path, json::object* resolved, SchemaNode* schema)
    : context_(context), node_(node), path_(std::move(path)), resolved_(resolved), schema_(schema) {}

std::string Fields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

Diagnostic Fields::diagnostic(const Node* node, std::size_t line, std::size_t column, const std::string& path,
                              const std::string& message) const {
  if (node != nullptr) {
    line = node->line;
    column = node->column;
  }
  return {context_.file, line, column > 0 ? std::to_string(column) : "", path, message};
}

void Fields::error_at(const Node* node, const std::string& path, const std::string& message) {
  if (!describing()) context_.errors.push_back(diagnostic(node, 0, 0, path, message));
}

void Fields::error(std::string_view key, const std::string& message) {
  const Member* member = node_ != nullptr ? node_->find(key) : nullptr;
  error_at(member != nullptr ? &member->value : node_, path_of(key), message);
}

void Fields::warn(std::string_view key, const std::string& message) {
  if (describing()) return;
  const Member* member = node_ != nullptr ? node_->find(key) : nullptr;
  const Node* at = member != nullptr ? &member->value : node_;
  context_.warnings.push_back(diagnostic(at, 0, 0, path_of(key), message));
}

const Node* Fields::peek(std::string_view key) const {
  const Member* member = node_ != nullptr ? node_->find(key) : nullptr;
  return member == nullptr || member->value.kind == NodeKind::null ? nullptr : &member->value;
}

bool Fields::has(std::string_view key) const {
  return peek(key) != nullptr;
}

const Node* Fields::value_of(std::string_view name) {
  known_.insert(std::string(name));
  return peek(name);
}

void Fields::take(std::string_view name) {
  known_.insert(std::string(name));
}

SchemaNode& Fields::record(std::string_view name, std::string_view kind, std::string_view description) {
  SchemaNode node;
  node.name = name;
  node.kind = kind;
  node.description = description;
  schema_->fields.push_back(std::move(node));
  return schema_->fields.back();
}

void Fields::write(std::string_view name, json::value value) {
  if (resolved_ != nullptr) (*resolved_)[name] = std::move(value);
}

void Fields::flag(std::string_view name, bool& value, std::string_view description) {
  if (describing()) {
    record(name, "flag", description).standard = value;
    return;
  }
  if (const Node* node = value_of(name)) {
    if (node->kind == NodeKind::flag) {
      value = node->flag;
    } else {
      error(name, what_it_is(*node) + " is not a flag; use true or false, without quotes");
    }
  }
  write(name, value);
}

bool Fields::read_number(const Node& node, std::string_view name, Range range, double& value) {
  const std::string allowed = range.text().empty() ? "" : " (" + range.text() + ")";
  if (node.kind != NodeKind::number) {
    error(name, what_it_is(node) + " is not a number; use a finite decimal number" + allowed + ", without quotes");
    return false;
  }
  if (!range.holds(node.number)) {
    error(name, "'" + node.text + "' is out of range; allowed is " + range.text());
    return false;
  }
  value = node.number;
  return true;
}

bool Fields::read_integer(const Node& node, std::string_view name, Range range, int& value) {
  double number = 0.0;
  if (node.kind == NodeKind::number && node.number != std::floor(node.number)) {
    error(name, "'" + node.text + "' is not a whole number");
    return false;
  }
  range.low = std::max(range.low, -2147483648.0);
  range.high = std::min(range.high, 2147483647.0);
  if (!read_number(node, name, range, number)) return false;
  value = static_cast<int>(number);
  return true;
}

void Fields::number(std::string_view name, double& value, Range range, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, "number", description);
    node.range = range.text();
    node.standard = value;
    return;
  }
  if (const Node* node = value_of(name)) read_number(*node, name, range, value);
  write(name, value);
}

void Fields::number(std::string_view name, std::optional<double>& value, Range range, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, "number", description);
    node.range = range.text();
    node.is_nullable = true;
    if (value) node.standard = *value;
    return;
  }
  known_.insert(std::string(name));
  const Member* member = node_ != nullptr ? node_->find(name) : nullptr;
  if (member != nullptr && member->value.kind == NodeKind::null) {
    value.reset();
  } else if (member != nullptr) {
    double number = 0.0;
    if (read_number(member->value, name, range, number)) value = number;
  }
  write(name, value ? json::value(*value) : json::value(nullptr));
}

void Fields::integer(std::string_view name, int& value, Range range, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, "integer", description);
    node.range = range.text();
    node.standard = value;
    return;
  }
  if (const Node* node = value_of(name)) read_integer(*node, name, range, value);
  write(name, value);
}

void Fields::integer(std::string_view name, std::optional<int>& value, Range range, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, "integer", description);
    node.range = range.text();
    node.is_nullable = true;
    if (value) node.standard = *value;
    return;
  }
  if (const Node* node = value_of(name)) {
    int number = 0;
    if (read_integer(*node, name, range, number)) value = number;
  }
  write(name, value ? json::value(*value) : json::value(nullptr));
}

void Fields::required_number(std::string_view name, double& value, Range range, std::string_view description) {
  number(name, value, range, description);
  if (describing()) {
    schema_->fields.back().required = true;
    schema_->fields.back().standard = nullptr;
  } else if (!has(name)) {
    error(name, "is required: a number" + (range.text().empty() ? "" : " " + range.text()));
  }
}

void Fields::required_integer(std::string_view name, int& value, Range range, std::string_view description) {
  integer(name, value, range, description);
  if (describing()) {
    schema_->fields.back().required = true;
    schema_->fields.back().standard = nullptr;
  } else if (!has(name)) {
    error(name, "is required: a whole number" + (range.text().empty() ? "" : " " + range.text()));
  }
}

void Fields::text(std::string_view name, std::string& value, std::string_view description) {
  if (describing()) {
    record(name, "text", description).standard = json_of(value);
    return;
  }
  if (const Node* node = value_of(name)) {
    if (!is_scalar(*node)) {
      error(name, what_it_is(*node) + " is not text");
    } else if (!trimmed(node->text).empty()) {
      value = node->text;
    }
  }
  write(name, json_of(value));
}

void Fields::text(std::string_view name, std::optional<std::string>& value, std::string_view description) {
  if (describing()) {
    SchemaNode& node = record(name, "text", description);
    node.is_nullable = true;
    if (value) node.standard = json_of(*value);
    return;
  }
  if (const Node* node = value_of(name)) {
    if (!is_scalar(*node)) {
      error(name, what_it_is(*node) + " is not text");
    } else if (!trimmed(node->text).empty()) {
      value = node->text;
    }
  }
  write(name, value ? json_of(*value) : json::value(nullptr));
}

void Fields::required_text(std::string_view name, std::string& value, std::string_view description) {
  text(name, value, description);
  if (describing()) {
    schema_->fields.back().required = true;
    schema_->fields.back().standard = nullptr;
  } else if (value.empty() && (peek(name) == nullptr || is_scalar(*peek(name)))) {
    error(name, "is required: text that is not blank");
  }
}

void Fields::required_date(std::string_view name, Date& value, std::string_view description) {
  if (describing()) {
    record(name, "date", description).required = true;
    return;
  }
  const Node* node = value_of(name);
  if (node == nullptr) {
    error(name, "is required: a date, YYYY-MM-DD");
    return;
  }
  std::string_view date = is_scalar(*node) ? std::string_view(node->text) : std::string_view();
  // A timestamp counts as its calendar date.
  if (date.size() > 10 && (date[10] == 'T' || date[10] == ' ')) date = date.substr(0, 10);
  if (const auto parsed = parse_date(date)) {
    value = *parsed;
    write(name, json_of(to_text(value)));
  } else {
    error(name, what_it_is(*node) + " is not a date; use YYYY-MM-DD of a day that exists");
  }
}

void Fields::text_list(std::string_view name, std::vector<std::string>& value, std::string_view description,
                       bool required) {
  if (describing()) {
    SchemaNode& recorded = record(name, "list of text", description);
    recorded.required = required;
    return;
  }
  const Node* node = value_of(name);
  if (node != nullptr && node->kind != NodeKind::list) {
    error(name, what_it_is(*node) + " is not a list of text");
  } else if (node != nullptr) {
    value.clear();
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      const Node& item = node->items[i];
      const std::string text = is_scalar(item) ? std::string(trimmed(item.text)) : "";
      const std::string item_path = path_of(name) + "[" + std::to_string(i) + "]";
      if (text.empty()) {
        error_at(&item, item_path, what_it_is(item) + " is not text that is not blank");
      } else {
        value.push_back(text);
      }
    }
  }
  if (required && (node == nullptr || (node->kind == NodeKind::list && node->items.empty()))) {
    error(name, "is required: a list of text with at least one entry");
  }
  json::array array;
  for (const std::string& text : value) array.push_back(json_of(text));
  write(name, std::move(array));
}

std::size_t Fields::choose(std::string_view name, std::size_t standard, const std::vector<std::string_view>& names,
                           std::string_view description, bool any_case) {
  if (describing()) {
    SchemaNode& node = record(name, "choice", description);
    node.standard = json_of(names[standard]);
    for (std::string_view choice : names) node.allowed.emplace_back(choice);
    return standard;
  }
  std::size_t chosen = standard;
  if (const Node* node = value_of(name)) {
    const std::string word = is_scalar(*node) ? (any_case ? lower_case(trimmed(node->text)) : node->text) : "";
    const auto found = std::ranges::find(names, word);
    if (found != names.end()) {
      chosen = static_cast<std::size_t>(found - names.begin());
    } else {
      error(name, what_it_is(*node) + " is not one of " + alternatives_text(names) + suggestion(word, names));
    }
  }
  write(name, json_of(names[chosen]));
  return chosen;
}

// Null when absent, null, or not a map (which is an error).
const Node* Fields::map_of(std::string_view name) {
  const Node* node = value_of(name);
  if (node != nullptr && node->kind != NodeKind::map) {
    error(name, what_it_is(*node) + " is not a map of keys");
    return nullptr;
  }
  return node;
}

void Fields::section(std::string_view name, std::string_view description, const std::function<void(Fields&)>& decode) {
  if (describing()) {
    SchemaNode node{.name = std::string(name), .kind = "map", .description = std::string(description)};
    Fields fields(context_, nullptr, path_of(name), nullptr, &node);
    decode(fields);
    schema_->fields.push_back(std::move(node));
    return;
  }
  const bool was_malformed = has(name) && peek(name)->kind != NodeKind::map;
  const Node* node = map_of(name);
  if (was_malformed) return;
  json::object resolved;
  // Errors about missing keys of an absent section point at the map that should hold it.
  Node nothing;
  nothing.kind = NodeKind::map;
  if (node_ != nullptr) {
    nothing.line = node_->line;
    nothing.column = node_->column;
  }
  Fields fields(context_, node != nullptr ? node : &nothing, path_of(name), resolved_ != nullptr ? &resolved : nullptr,
                nullptr);
  decode(fields);
  fields.finish();
  write(name, std::move(resolved));
}

void Fields::optional_section(std::string_view name, std::string_view description,
                              const std::function<void(Fields&)>& decode) {
  if (!describing() && !has(name)) {
    take(name);
    return;
  }
  section(name, description, decode);
}

void Fields::section_list(std::string_view name, std::string_view description, bool required,
                          const std::function<void(Fields&, std::size_t)>& decode) {
  if (describing()) {
    SchemaNode node{.name = std::string(name), .kind = "list of maps", .description = std::string(description)};
    node.required = required;
    Fields fields(context_, nullptr, path_of(name) + "[]", nullptr, &node);
    decode(fields, 0);
    schema_->fields.push_back(std::move(node));
    return;
  }
  const Node* list = value_of(name);
  json::array resolved;
  if (list != nullptr && list->kind != NodeKind::list) {
    error(name, what_it_is(*list) + " is not a list of maps");
    return;
  }
  if (required && (list == nullptr || list->items.empty())) error(name, "is required: a list with at least one entry");
  for (std::size_t i = 0; list != nullptr && i < list->items.size(); ++i) {
    const Node& item = list->items[i];
    const std::string item_path = path_of(name) + "[" + std::to_string(i) + "]";
    if (item.kind != NodeKind::map) {
      error_at(&item, item_path, what_it_is(item) + " is not a map of keys");
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
  std::vector<std::string_view> names;
  for (const Alternative& alternative : alternatives) names.push_back(alternative.name);
  if (describing()) {
    SchemaNode& node = record(key, "variant", description);
    node.required = standard.empty();
    if (!standard.empty()) node.standard = json_of(standard);
    for (const Alternative& alternative : alternatives) {
      SchemaNode inner{
          .name = std::string(alternative.name), .kind = "map", .description = std::string(alternative.description)};
      Fields fields(context_, nullptr, path_, nullptr, &inner);
      alternative.decode(fields);
      node.alternatives.push_back(std::move(inner));
    }
    return;
  }
  const Node* node = value_of(key);
  const std::string word = node == nullptr ? std::string(standard) : is_scalar(*node) ? node->text : "";
  const auto found = std::ranges::find(names, word);
  if (found == names.end()) {
    error(key, node == nullptr
                   ? "is required: one of " + alternatives_text(names)
                   : what_it_is(*node) + " is not one of " + alternatives_text(names) + suggestion(word, names));
    // What the other keys mean depends on this one: they are not judged.
    if (node_ != nullptr) {
      for (const Member& member : node_->members) take(member.key);
    }
    return;
  }
  write(key, json_of(word));
  alternatives[static_cast<std::size_t>(found - names.begin())].decode(*this);
}

void Fields::without_effect(std::string_view name, std::string_view why, json::value standard) {
  if (describing()) {
    record(name, "any", "accepted without effect: " + std::string(why));
    return;
  }
  const Node* node = value_of(name);
  if (node != nullptr && context_.warn_without_effect) warn(name, "has no effect: " + std::string(why));
  if (standard.is_null()) return;
  write(name, node != nullptr ? json_of(*node) : std::move(standard));
}

void Fields::finish() {
  if (describing() || node_ == nullptr) return;
  std::vector<std::string_view> allowed(known_.begin(), known_.end());
  for (const Member& member : node_->members) {
    if (known_.contains(member.key)) continue;
    const std::string message = "unknown key '" + member.key.substr(0, 60) + "'" + suggestion(member.key, allowed);
    Diagnostic found = diagnostic(nullptr, member.line, member.column, path_, message);
    found.path = path_of(member.key.substr(0, 60));
    if (context_.strict) {
      context_.errors.push_back(std::move(found));
    } else {
      found.message += " (ignored)";
      context_.warnings.push_back(std::move(found));
    }
  }
}

}  // namespace backtest
