// GET /backtests/compare?ids=a,b: records side by side, and where their configs differ.
#include <map>
#include <set>

#include "base/ascii_text.hpp"
#include "base/strict_json.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/old_texts.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/run_json.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_runs = 20;
constexpr std::size_t most_differences = 500;

using Leaves = std::map<std::string, json::value>;

// Leaves of a config by dotted path; a list is one leaf, for its items are compared as a whole.
void collect_leaves(const json::value& value, const std::string& path, Leaves& leaves) {
  if (!value.is_object() || value.get_object().empty()) {
    leaves[path] = value;
    return;
  }
  for (const auto& [key, child] : value.get_object()) {
    collect_leaves(child, path.empty() ? std::string(key) : path + "." + std::string(key), leaves);
  }
}

json::array config_differences(const std::vector<RunRecord>& records) {
  std::vector<Leaves> configs;
  std::set<std::string> paths;
  for (const RunRecord& record : records) {
    const auto config = parse_strict_json(record.config_sha256.empty() ? old_config_json(record.effective_config_json)
                                                                       : record.effective_config_json);
    Leaves& leaves = configs.emplace_back();
    if (config) collect_leaves(*config, "", leaves);
    for (const auto& [path, value] : leaves) paths.insert(path);
  }
  json::array differences;
  for (const std::string& path : paths) {
    json::array values;
    std::set<std::string> distinct;
    for (const Leaves& leaves : configs) {
      const auto found = leaves.find(path);
      values.push_back(found == leaves.end() ? json::value(nullptr) : found->second);
      distinct.insert(json_text(values.back()));
    }
    if (distinct.size() < 2) continue;
    if (differences.size() == most_differences) break;
    json::object difference;
    difference["path"] = path;
    difference["values"] = std::move(values);
    differences.push_back(std::move(difference));
  }
  return differences;
}

}  // namespace

HttpResponse compare_runs(ApiContext& context, const HttpRequest& request) {
  const std::vector<std::string> ids = comma_list(request.query("ids").value_or(""));
  if (ids.empty() || ids.size() > most_runs) {
    throw invalid_parameter("ids", "must be 1 to " + std::to_string(most_runs) + " run ids separated by commas");
  }
  std::vector<RunRecord> records;
  for (const std::string& text : ids) {
    const std::string run_id = checked_run_id(text);
    std::optional<RunRecord> record = context.runs.get(run_id);
    if (!record) throw HttpError(404, "run_not_found", "there is no run " + run_id);
    records.push_back(std::move(*record));
  }
  std::string body = "{\"config_differences\":" + json_text(config_differences(records)) + ",\"runs\":";
  append_runs(body, records);
  body += '}';
  return json_response(200, std::move(body));
}

}  // namespace backtest
