#include "edge/cli/client_commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>

#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"
#include "base/json_field.hpp"
#include "edge/cli/client_status.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/local_run.hpp"
#include "edge/cli/run_table.hpp"
#include "edge/cli/service_client.hpp"

namespace backtest {

namespace {

// Filters as the service does: the text is a part of the id or the name, upper and lower case alike, and the newest
// `limit` runs are kept.
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
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) path += "&" + std::string(name) + "=" + percent_encoded(*value);
  };
  add("tags", options.tags.empty() ? std::nullopt : std::optional(fmt::format("{}", fmt::join(options.tags, ","))));
  add("submitter", options.submitter);
  add("strategy", options.strategy);
  add("submitted_from", options.submitted_from);
  add("submitted_before", options.submitted_before);
  add("sort", options.sort);
  for (const std::string& bound : options.bounds) path += "&" + percent_encoded(bound, "=");
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

int tag_command(const TagOptions& options) {
  return client_status([&] {
    ServiceClient client;
    const std::string path = "/backtests/" + percent_encoded(options.run_id);
    json::object edit;
    if (options.name) edit["run_name"] = *options.name;
    if (options.note) edit["note"] = *options.note;
    if (!options.added.empty()) edit["add_tags"] = json::array(options.added.begin(), options.added.end());
    if (!options.removed.empty()) edit["remove_tags"] = json::array(options.removed.begin(), options.removed.end());
    if (edit.empty()) {
      throw InvalidInput(Diagnostic{.message = "nothing to change: give tags, --remove, --name or --note"});
    }
    const json::value reply = client.patch(path, edit);
    if (options.json) {
      fmt::print("{}\n", json_text(reply, JsonLayout::indented));
    } else {
      std::string tags;
      for (const json::value& tag : reply.at("tags").as_array()) tags += " " + std::string(tag.as_string());
      fmt::print("{}:{}\n", options.run_id, tags.empty() ? " no tags" : tags);
    }
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
