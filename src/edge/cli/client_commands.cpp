#include "edge/cli/client_commands.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "base/diagnostic.hpp"
#include "base/strict_json.hpp"
#include "edge/cli/client_status.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/run_table.hpp"
#include "edge/cli/service_client.hpp"

namespace backtest {

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    throw InvalidInput(Diagnostic{.file = path, .message = "the config cannot be read"});
  }
  return text.str();
}

json::object submission(const SubmitOptions& options) {
  json::object body;
  const std::string text = read_file(options.config);
  if (options.config.ends_with(".json")) {
    auto config = parse_strict_json(text);
    if (!config) throw InvalidInput(Diagnostic{.file = options.config, .message = "no JSON: " + config.error()});
    body["config"] = std::move(*config);
  } else {
    body["config_yaml"] = text;
  }
  body["strict"] = options.strict;
  if (options.run_id) body["run_id"] = *options.run_id;
  if (options.priority) body["priority"] = *options.priority;
  return body;
}

}  // namespace

int submit_command(const SubmitOptions& options) {
  return client_status([&] {
    ServiceClient client;
    ServiceClient::Headers headers;
    if (options.idempotency_key) headers.emplace_back("Idempotency-Key", *options.idempotency_key);
    const json::value reply = client.post("/backtests", submission(options), headers);
    const std::string run_id(reply.at("run_id").as_string());
    if (options.watch) return watch_command(run_id, options.json);
    if (options.json) {
      fmt::print("{}\n", json_text(reply, JsonLayout::indented));
    } else {
      fmt::print("{}\n", run_id);
    }
    return exit_done;
  });
}

int list_command(const ListOptions& options) {
  return client_status([&] {
    ServiceClient client;
    std::string path = fmt::format("/backtests?limit={}", options.limit);
    if (options.status) path += "&status=" + percent_encoded(*options.status);
    if (options.text) path += "&q=" + percent_encoded(*options.text);
    const json::value reply = client.get(path);
    fmt::print("{}", options.json ? json_text(reply, JsonLayout::indented) + "\n"
                                  : run_list_text(reply.at("runs").as_array()));
    return exit_done;
  });
}

int show_command(const std::string& run_id, bool json) {
  return client_status([&] {
    ServiceClient client;
    const json::value record = client.get("/backtests/" + percent_encoded(run_id));
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

int cancel_command(const std::string& run_id, bool json) {
  return client_status([&] {
    ServiceClient client;
    const json::value reply = client.post("/backtests/" + percent_encoded(run_id) + "/cancel", json::object{});
    if (json) {
      fmt::print("{}\n", json_text(reply, JsonLayout::indented));
    } else {
      fmt::print("{}: {}\n", run_id, std::string_view(reply.at("status").as_string()));
    }
    return exit_done;
  });
}

int compare_command(const std::vector<std::string>& run_ids, bool json) {
  return client_status([&] {
    ServiceClient client;
    std::string ids;
    for (const std::string& run_id : run_ids) ids += (ids.empty() ? "" : ",") + percent_encoded(run_id);
    const json::value reply = client.get("/backtests/compare?ids=" + ids);
    fmt::print("{}",
               json ? json_text(reply, JsonLayout::indented) + "\n" : comparison_text(reply.at("runs").as_array()));
    return exit_done;
  });
}

}  // namespace backtest
