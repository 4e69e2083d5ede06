// show and compare: runs of the service, and runs in directories on this disk.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_field.hpp"
#include "edge/cli/client_commands.hpp"
#include "edge/cli/client_status.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/local_run.hpp"
#include "edge/cli/run_table.hpp"
#include "edge/cli/service_client.hpp"
#include "spec/config_difference.hpp"

namespace backtest {

namespace {

// Records that do not tell their version are passed over.
bool have_one_rules_version(const json::array& records) {
  const json::value* first = nullptr;
  for (const json::value& record : records) {
    const json::value* version = record.as_object().if_contains("rules_version");
    if (version == nullptr) continue;
    if (first != nullptr && *first != *version) return false;
    first = version;
  }
  return true;
}

// Where some of the runs are on this disk: the same JSON as GET /backtests/compare gives.
json::object comparison_with_local(const std::vector<std::string>& runs) {
  json::array records;
  std::vector<json::value> configs;
  for (const std::string& run : runs) {
    if (is_run_directory(run)) {
      records.push_back(local_run(run));
      configs.push_back(local_config(run));
      continue;
    }
    ServiceClient client;
    const std::string path = "/backtests/" + percent_encoded(run);
    records.push_back(client.get(path));
    configs.push_back(client.get(path + "/config").at("effective_config"));
  }
  json::object comparison{{"config_differences", config_differences(configs)}};
  if (!have_one_rules_version(records)) {
    comparison["warnings"] = json::array{"the runs follow different versions of the rules (rules_version)"};
  }
  comparison["runs"] = std::move(records);
  return comparison;
}

json::value comparison_of(const std::vector<std::string>& runs) {
  if (std::ranges::any_of(runs, is_run_directory)) return comparison_with_local(runs);
  ServiceClient client;
  std::string ids;
  for (const std::string& run : runs) ids += (ids.empty() ? "" : ",") + percent_encoded(run);
  return client.get("/backtests/compare?ids=" + ids);
}

}  // namespace

int show_command(const std::string& run, bool json) {
  return client_status([&] {
    const json::value record =
        is_run_directory(run) ? json::value(local_run(run)) : ServiceClient().get("/backtests/" + percent_encoded(run));
    if (json) {
      fmt::print("{}\n", json_text(record, JsonLayout::indented));
      return exit_done;
    }
    for (const auto& [key, value] : record.as_object()) {
      if (value.is_object() || value.is_null()) continue;
      fmt::print("{:<18} {}\n", std::string_view(key),
                 value.is_string() ? std::string(value.get_string()) : json_text(value));
    }
    fmt::print("\n{}", comparison_text(json::array{record}));
    return exit_done;
  });
}

int compare_command(const std::vector<std::string>& runs, bool json) {
  return client_status([&] {
    const json::value comparison = comparison_of(runs);
    if (json) {
      fmt::print("{}\n", json_text(comparison, JsonLayout::indented));
      return exit_done;
    }
    fmt::print("{}", comparison_text(comparison.at("runs").as_array()));
    if (const json::value* warnings = comparison.as_object().if_contains("warnings")) {
      for (const json::value& warning : warnings->as_array()) {
        fmt::print("warning: {}\n", std::string_view(warning.as_string()));
      }
    }
    const std::string differences = differences_text(comparison.at("config_differences").as_array());
    fmt::print("\n{}", differences.empty() ? "the configs are equal\n" : "the configs differ in\n" + differences);
    return exit_done;
  });
}

}  // namespace backtest
