#include "edge/cli/local_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <tuple>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/json_field.hpp"
#include "base/strict_json.hpp"
#include "spec/node_words.hpp"
#include "spec/tree.hpp"

namespace backtest {

namespace {

namespace fs = std::filesystem;

constexpr const char* summary_name = "summary.json";

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  throw InvalidInput(Diagnostic{.file = file.string(), .message = why});
}

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (stream) text << stream.rdbuf();
  if (!stream) refuse(file, "cannot be read");
  return text.str();
}

json::object object_of(const fs::path& file) {
  auto value = parse_strict_json(text_of(file));
  if (!value || !value->is_object()) refuse(file, "is no JSON object");
  return std::move(value->get_object());
}

// Empty where config.resolved.json was switched off.
std::string submitted_at(const fs::path& directory) {
  std::error_code unknown;
  const fs::path file = directory / "config.resolved.json";
  return fs::exists(file, unknown) ? text_field(object_of(file), "submitted_at") : "";
}

}  // namespace

bool is_run_directory(const std::string& text) {
  std::error_code unknown;
  return fs::is_regular_file(fs::path(text) / summary_name, unknown);
}

json::object local_run(const fs::path& directory) {
  const json::object summary = object_of(directory / summary_name);
  json::object run;
  for (const char* key : {"run_id", "run_name", "start_date", "end_date", "rules_version"}) {
    if (const json::value* value = summary.if_contains(key)) run[key] = *value;
  }
  run["status"] = "completed";
  run["directory"] = directory.string();
  if (std::string time = submitted_at(directory); !time.empty()) run["submitted_at"] = std::move(time);
  json::object metrics;
  for (const auto& [key, value] : summary) {
    if (value.is_number()) metrics[key] = value;
  }
  run["metrics"] = std::move(metrics);
  return run;
}

json::value local_config(const fs::path& directory) {
  const fs::path file = directory / "config.yaml";
  std::vector<Diagnostic> errors;
  const Node root = parse_yaml(text_of(file), file.string(), errors);
  if (!errors.empty()) throw InvalidInput(std::move(errors));
  return json_of(root);
}

json::array local_runs(const fs::path& base) {
  std::error_code failure;
  fs::directory_iterator entries(base, failure);
  if (failure) refuse(base, "the runs cannot be listed: " + failure.message());
  std::vector<json::object> runs;
  for (const fs::directory_entry& entry : entries) {
    if (entry.path().filename().string().starts_with('.') || !is_run_directory(entry.path().string())) continue;
    try {
      runs.push_back(local_run(entry.path()));
    } catch (const InvalidInput& error) {
      fmt::print(stderr, "{}\n", error.what());
    }
  }
  const auto place = [](const json::object& run) {
    return std::pair(text_field(run, "submitted_at"), text_field(run, "run_id"));
  };
  std::ranges::sort(runs, [&](const json::object& a, const json::object& b) { return place(a) > place(b); });
  json::array list;
  for (json::object& run : runs) list.push_back(std::move(run));
  return list;
}

}  // namespace backtest
