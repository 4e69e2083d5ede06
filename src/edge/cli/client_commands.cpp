#include "edge/cli/client_commands.hpp"

#include <fmt/format.h>

#include <cstddef>

#include "base/ascii_text.hpp"
#include "base/json_field.hpp"
#include "edge/cli/client_status.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/local_run.hpp"
#include "edge/cli/run_table.hpp"
#include "edge/cli/service_client.hpp"

namespace backtest {

namespace {

// Filters as the service has them: part of the id or name in either case, the newest `limit`.
json::array listed_locally(const ListOptions& options) {
  json::array kept;
  const std::string wanted = lower_case(options.text.value_or(""));
  for (const json::value& value : local_runs(*options.local)) {
    if (kept.size() == static_cast<std::size_t>(options.limit)) break;
    const json::object& run = value.as_object();
    if (options.status && text_field(run, "status") != *options.status) continue;
    const bool is_found = lower_case(text_field(run, "run_id")).find(wanted) != std::string::npos ||
                          lower_case(text_field(run, "run_name")).find(wanted) != std::string::npos;
    if (is_found) kept.push_back(value);
  }
  return kept;
}

json::value listed_by_service(const ListOptions& options) {
  ServiceClient client;
  std::string path = fmt::format("/backtests?limit={}", options.limit);
  if (options.status) path += "&status=" + percent_encoded(*options.status);
  if (options.text) path += "&q=" + percent_encoded(*options.text);
  return client.get(path);
}

}  // namespace

int list_command(const ListOptions& options) {
  return client_status([&] {
    const json::value reply =
        options.local ? json::value(json::object{{"runs", listed_locally(options)}}) : listed_by_service(options);
    fmt::print("{}", options.json ? json_text(reply, JsonLayout::indented) + "\n"
                                  : run_list_text(reply.at("runs").as_array()));
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

}  // namespace backtest
