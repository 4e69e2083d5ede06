// GET /backtests/compare?ids=a,b: records side by side, and where their configs differ.
#include <algorithm>
#include <map>
#include <set>

#include "base/ascii_text.hpp"
#include "base/strict_json.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/request_memory.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/run_json.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_runs = 20;
constexpr std::size_t most_differences = 500;

constexpr std::uint64_t bytes_per_config_byte = 24;  // of a parsed config, its leaves and their texts

using Leaves = std::map<std::string, std::string>;  // JSON texts

// Leaves of a config by dotted path; a list is one leaf, for its items are compared as a whole.
void collect_leaves(const json::value& value, const std::string& path, Leaves& leaves) {
  if (!value.is_object() || value.get_object().empty()) {
    leaves[path] = json_text(value);
    return;
  }
  for (const auto& [key, child] : value.get_object()) {
    collect_leaves(child, path.empty() ? std::string(key) : path + "." + std::string(key), leaves);
  }
}

Leaves leaves_of(const std::string& config_json) {
  Leaves leaves;
  if (const auto config = parse_strict_json(config_json)) collect_leaves(*config, "", leaves);
  return leaves;
}

void append_differences(std::string& out, const std::vector<Leaves>& configs) {
  std::set<std::string_view> paths;
  for (const Leaves& leaves : configs) {
    for (const auto& [path, text] : leaves) paths.insert(path);
  }
  std::size_t differences = 0;
  out += '[';
  for (const std::string_view path : paths) {
    std::vector<std::string_view> values;
    for (const Leaves& leaves : configs) {
      const auto found = leaves.find(std::string(path));
      values.push_back(found == leaves.end() ? std::string_view("null") : std::string_view(found->second));
    }
    if (std::ranges::all_of(values, [&](std::string_view text) { return text == values.front(); })) continue;
    if (differences++ == most_differences) break;
    out += differences > 1 ? ",{\"path\":" : "{\"path\":";
    append_json_string(out, path);
    out += ",\"values\":";
    for (char separator = '['; const std::string_view text : values) {
      out.append(1, separator).append(text);
      separator = ',';
    }
    out += "]}";
  }
  out += ']';
}

}  // namespace

HttpResponse compare_runs(ApiContext& context, const HttpRequest& request) {
  const std::vector<std::string> ids = comma_list(request.query("ids").value_or(""));
  if (ids.empty() || ids.size() > most_runs) {
    throw invalid_parameter("ids", "must be 1 to " + std::to_string(most_runs) + " run ids separated by commas");
  }
  std::vector<RunRecord> records;
  std::vector<Leaves> configs;
  std::vector<MemoryShare> shares;
  for (const std::string& text : ids) {
    RunRecord record = require_run_with_configs(context, checked_run_id(text));
    shares.push_back(require_memory(context, record.effective_config_json.size() * bytes_per_config_byte));
    configs.push_back(leaves_of(record.effective_config_json));
    record.config_json = std::string();
    record.effective_config_json = std::string();
    records.push_back(std::move(record));
  }
  std::string body = "{\"config_differences\":";
  append_differences(body, configs);
  body += ",\"runs\":";
  append_runs(body, records);
  body += '}';
  return json_response(200, std::move(body));
}

}  // namespace backtest
