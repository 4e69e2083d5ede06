#include "spec/fields.hpp"

#include <boost/json/object.hpp>

namespace backtest {

void DecodeContext::add_error(Diagnostic diagnostic) {
  if (errors.size() < errors_max) {
    errors.push_back(std::move(diagnostic));
  } else {
    ++unlisted_errors;
  }
}

void DecodeContext::add_warning(Diagnostic diagnostic) {
  if (warnings.size() < errors_max) warnings.push_back(std::move(diagnostic));
}

Fields::Fields(DecodeContext& context, const Node* node, std::string path, json::object* resolved, SchemaNode* schema)
    : context_(context), node_(node), path_(std::move(path)), resolved_(resolved), schema_(schema) {}

std::string Fields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

Diagnostic Fields::diagnostic(std::size_t line, std::size_t column, const std::string& path,
                              const std::string& message) const {
  return {context_.file, line, column > 0 ? std::to_string(column) : "", path, message};
}

void Fields::error_at(const Node* node, const std::string& path, const std::string& message) {
  if (describing()) return;
  const bool is_placed = node != nullptr;
  context_.add_error(diagnostic(is_placed ? node->line : 0, is_placed ? node->column : 0, path, message));
}

void Fields::error(std::string_view key, const std::string& message) {
  const Member* member = node_ != nullptr ? node_->find(key) : nullptr;
  error_at(member != nullptr ? &member->value : node_, path_of(key), message);
}

void Fields::warn(std::string_view key, const std::string& message) {
  warn(key, Diagnostic{.message = message});
}

void Fields::warn(std::string_view key, Diagnostic warning) {
  const Member* member = node_ != nullptr ? node_->find(key) : nullptr;
  warn_at(member != nullptr ? &member->value : node_, path_of(key), std::move(warning));
}

void Fields::warn_at(const Node* node, const std::string& path, Diagnostic warning) {
  if (describing()) return;
  const bool is_placed = node != nullptr;
  warning.file = context_.file;
  warning.line = is_placed ? node->line : 0;
  warning.column = is_placed && node->column > 0 ? std::to_string(node->column) : "";
  warning.path = path;
  context_.add_warning(std::move(warning));
}

const Node* Fields::peek(std::string_view key) const {
  const Member* member = node_ != nullptr ? node_->find(key) : nullptr;
  return member == nullptr || member->value.kind == NodeKind::null ? nullptr : &member->value;
}

bool Fields::has(std::string_view key) const {
  return peek(key) != nullptr;
}

bool Fields::has_null(std::string_view key) const {
  const Member* member = node_ != nullptr ? node_->find(key) : nullptr;
  return member != nullptr && member->value.kind == NodeKind::null;
}

const Node* Fields::value_of(std::string_view name) {
  take(name);
  return peek(name);
}

void Fields::take(std::string_view name) {
  known_.insert(std::string(name));
}

void Fields::take_all() {
  if (node_ == nullptr) return;
  for (const Member& member : node_->members) take(member.key);
}

SchemaNode& Fields::record(std::string_view name, SchemaKind kind, std::string_view description) {
  SchemaNode node;
  node.name = name;
  node.kind = kind;
  node.description = description;
  schema_->fields.push_back(std::move(node));
  return schema_->fields.back();
}

void Fields::write(std::string_view name, json::value value) {
  if (resolved_ != nullptr) (*resolved_)[json::string_view(name.data(), name.size())] = std::move(value);
}

void Fields::without_effect(std::string_view name, std::string_view why, json::value standard) {
  if (describing()) {
    record(name, SchemaKind::any, "accepted without effect: " + std::string(why)).has_no_effect = true;
    return;
  }
  const Node* node = value_of(name);
  if (node != nullptr && context_.warn_without_effect) warn(name, "has no effect: " + std::string(why));
  if (standard.is_null()) return;
  write(name, node != nullptr ? json_of(*node) : std::move(standard));
}

namespace {

// Of a map with a few keys; longer lists help nobody.
std::string allowed_text(const std::vector<std::string_view>& keys) {
  constexpr std::size_t keys_max = 24;
  if (keys.empty()) return "; no key is allowed here";
  return keys.size() > keys_max ? "" : "; allowed here: " + alternatives_text(keys);
}

}  // namespace

void Fields::finish() {
  if (describing() || node_ == nullptr) return;
  const std::vector<std::string_view> allowed(known_.begin(), known_.end());
  for (const Member& member : node_->members) {
    if (known_.contains(member.key)) continue;
    const bool is_listed = context_.errors.size() < DecodeContext::errors_max;
    std::string message = "unknown key '" + shortened(member.key) + "'";
    const std::string near = is_listed ? suggestion(member.key, allowed) : "";
    message += near;
    if (!hint_.empty()) message += "; " + hint_;
    if (is_listed && near.empty() && context_.strict) message += allowed_text(allowed);
    if (!context_.strict) message += " (ignored)";
    Diagnostic found = diagnostic(member.line, member.column, path_of(shortened(member.key)), message);
    if (context_.strict) {
      context_.add_error(std::move(found));
    } else {
      context_.add_warning(std::move(found));
    }
  }
}

}  // namespace backtest
