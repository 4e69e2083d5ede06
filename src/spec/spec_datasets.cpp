#include "spec/spec_datasets.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

namespace backtest {

namespace {

using Versioned = std::function<DatasetReference(const DatasetReference&)>;

bool is_key_of_a_path(std::string_view key) {
  return key == "price_path" || key == "signal_path" || key == "path";
}

void set_versions(json::value& value, const Versioned& versioned) {
  if (json::array* items = value.if_array()) {
    for (json::value& item : *items) set_versions(item, versioned);
  }
  json::object* members = value.if_object();
  if (members == nullptr) return;
  for (auto& [key, member] : *members) {
    const json::string* text = member.if_string();
    if (text == nullptr) {
      set_versions(member, versioned);
    } else if (is_key_of_a_path(key)) {
      if (const auto dataset = parse_dataset_path(*text)) member = versioned(*dataset).text();
    }
  }
}

}  // namespace

std::vector<NamedDataset> datasets_of(const Spec& spec) {
  std::vector<NamedDataset> found;
  const auto add = [&](const char* key, const std::optional<std::string>& path) {
    if (!path) return;
    if (auto dataset = parse_dataset_path(*path)) found.push_back({.key = key, .dataset = *std::move(dataset)});
  };
  const DataSourceKind signal_source = spec.data.signal_source.value_or(spec.data.price_source);
  if (spec.data.price_source != DataSourceKind::postgres) add("data.price_path", spec.data.price_path);
  if (signal_source != DataSourceKind::postgres) add("data.signal_path", spec.data.signal_path);
  for (const std::string& path : spec.target_paths) add("strategy.parameters.path", path);
  if (spec.benchmark) add("benchmark.path", spec.benchmark->path);
  if (spec.risk_free) add("metrics.risk_free.path", spec.risk_free->path);
  return found;
}

void set_dataset_versions(Spec& spec, const Versioned& versioned) {
  json::value config = spec.resolved;
  set_versions(config, versioned);
  const Spec resolved = parse_spec(config, {.warn_without_effect = false});
  spec.data.price_path = resolved.data.price_path;
  spec.data.signal_path = resolved.data.signal_path;
  spec.target_paths = resolved.target_paths;
  if (spec.benchmark) spec.benchmark->path = resolved.benchmark->path;
  if (spec.risk_free) spec.risk_free->path = resolved.risk_free->path;
  spec.canonical = resolved.canonical;
  spec.config_sha256 = resolved.config_sha256;
  spec.resolved = resolved.resolved;
}

}  // namespace backtest
