// GET /backtests/compare?ids=a,b: records side by side, and where their configs differ.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii_text.hpp"
#include "base/json_field.hpp"
#include "base/strict_json.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/old_texts.hpp"
#include "edge/http/resource/resources.hpp"
#include "edge/http/resource/run_artifacts.hpp"
#include "edge/http/resource/run_json.hpp"
#include "settings/setting_text.hpp"
#include "spec/config_difference.hpp"

namespace backtest {

namespace {

constexpr std::size_t most_runs = 20;

constexpr std::uint64_t bytes_per_config_byte = 24;  // of a parsed config, its leaves and their texts

json::value config_of(const RunRecord& record) {
  auto config = parse_strict_json(record.config_sha256.empty() ? old_config_json(record.effective_config_json)
                                                               : record.effective_config_json);
  return config ? std::move(*config) : json::value(json::object());
}

// Of the numbers of a completed run; summaries without the field were made by version 1. nullopt where nothing tells.
std::optional<std::int64_t> rules_version(ApiContext& context, const RunRecord& record) {
  if (!record.artifacts) return std::nullopt;
  try {
    const auto summary =
        parse_strict_json(read_artifact(artifacts_of(context, record, ArtifactSource::any), "summary.json"));
    if (!summary || !summary->is_object()) return 1;  // NaN in it: of the service before this one
    return static_cast<std::int64_t>(number_field(summary->get_object(), "rules_version").value_or(1));
  } catch (const HttpError&) {  // the artifacts are out of this service's reach
    return std::nullopt;
  }
}

json::array comparison_warnings(ApiContext& context, const std::vector<RunRecord>& records) {
  std::map<std::int64_t, std::string> ids;
  for (const RunRecord& record : records) {
    const auto version = rules_version(context, record);
    if (!version) continue;
    std::string& list = ids[*version];
    list += (list.empty() ? "" : ", ") + record.run_id;
  }
  json::array warnings;
  if (ids.size() < 2) return warnings;
  std::string text = "the runs follow different versions of the rules (rules_version):";
  std::string separator = " ";
  for (const auto& [version, list] : ids) {
    text += separator + std::to_string(version) + " for " + list;
    separator = "; ";
  }
  warnings.emplace_back(text + "; run the older ones again to compare them");
  return warnings;
}

}  // namespace

HttpResponse compare_runs(ApiContext& context, const HttpRequest& request) {
  const std::vector<std::string> ids = comma_list(request.query("ids").value_or(""));
  if (ids.empty() || ids.size() > most_runs) {
    throw invalid_parameter("ids", "must be 1 to " + std::to_string(most_runs) + " run ids separated by commas");
  }
  std::vector<MemoryShare> shares;  // before what they are for, which goes first
  std::vector<RunRecord> records;
  std::vector<json::value> configs;
  for (const std::string& text : ids) {
    auto [memory, record] = require_run_with_configs(context, request, checked_run_id(text), bytes_per_config_byte);
    shares.push_back(std::move(memory));
    configs.push_back(config_of(record));
    record.config_json = std::string();
    record.effective_config_json = std::string();
    records.push_back(std::move(record));
  }
  std::string body = "{\"config_differences\":" + json_text(config_differences(configs)) + ",\"runs\":";
  append_runs(body, records);
  body += ",\"warnings\":" + json_text(comparison_warnings(context, records)) + '}';
  return json_response(200, std::move(body));
}

}  // namespace backtest
