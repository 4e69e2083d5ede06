#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <tuple>

#include "base/sha256.hpp"
#include "spec/decode_config.hpp"
#include "spec/node_words.hpp"
#include "spec/override.hpp"
#include "spec/spec.hpp"
#include "spec/tree.hpp"

namespace backtest {

namespace {

// CFG-19's order of the top level; `benchmark` and `metrics` are new and stand last.
json::object ordered(const json::object& decoded) {
  static constexpr std::string_view order[] = {"run_name", "start_date", "end_date",    "initial_cash", "universe",
                                               "strategy", "sizing",     "constraints", "broker",       "output",
                                               "data",     "benchmark",  "metrics"};
  json::object result;
  for (std::string_view key : order) {
    const json::string_view name(key.data(), key.size());
    if (const json::value* value = decoded.if_contains(name)) result[name] = *value;
  }
  return result;
}

void sort_by_place(std::vector<Diagnostic>& diagnostics) {
  const auto place = [](const Diagnostic& d) {
    return std::tuple(d.line, d.column.empty() ? 0ul : std::stoul(d.column), d.path, d.message);
  };
  std::ranges::sort(diagnostics, [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
}

Spec decode(const Node& root, std::string_view file, const SpecOptions& options, std::vector<Diagnostic> errors) {
  DecodeContext context;
  context.file = file;
  context.strict = options.strict;
  context.warn_without_effect = options.warn_without_effect;
  for (Diagnostic& error : errors) context.add_error(std::move(error));
  Spec spec;
  json::object resolved;
  if (root.kind == NodeKind::map) {
    Fields fields(context, &root, "", &resolved, nullptr);
    decode_config(fields, spec);
    fields.finish();
  } else if (context.errors.empty()) {
    context.errors.push_back({context.file, root.line, "", "", "a config is a map of keys"});
  }
  sort_by_place(context.errors);
  if (context.unlisted_errors > 0) {
    context.errors.push_back(
        {.file = context.file, .message = "and " + std::to_string(context.unlisted_errors) + " more errors"});
  }
  if (!context.errors.empty()) throw InvalidInput(std::move(context.errors));
  sort_by_place(context.warnings);
  spec.resolved = ordered(resolved);
  spec.canonical = json_text(spec.resolved);
  spec.config_sha256 = sha256_hex(spec.canonical);
  spec.warnings = std::move(context.warnings);
  return spec;
}

bool begins_like_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

// JSON by its name, or when it begins like JSON and is JSON: a map in braces may also be YAML's flow style.
Node parse_document(std::string_view text, std::string_view file, std::vector<Diagnostic>& errors) {
  if (file.ends_with(".json")) return parse_json_text(text, file, errors);
  if (begins_like_json(text) && !file.ends_with(".yaml") && !file.ends_with(".yml")) {
    std::vector<Diagnostic> json_errors;
    Node root = parse_json_text(text, file, json_errors);
    if (root.kind == NodeKind::map) {
      errors = std::move(json_errors);
      return root;
    }
  }
  return parse_yaml(text, file, errors);
}

}  // namespace

Spec parse_spec(std::string_view text, std::string_view file, const SpecOptions& options,
                const std::vector<std::string>& overrides) {
  std::vector<Diagnostic> errors;
  Node root = parse_document(text, file, errors);
  apply_overrides(overrides, root, errors);
  Spec spec = decode(root, file, options, std::move(errors));
  spec.written = json_of(root);
  return spec;
}

Spec parse_spec(std::string_view text, std::string_view file, const SpecOptions& options) {
  return parse_spec(text, file, options, {});
}

Spec parse_spec(const json::value& config, const SpecOptions& options) {
  std::vector<Diagnostic> errors;
  const Node root = tree_of(config, errors);
  return decode(root, "", options, std::move(errors));
}

}  // namespace backtest
