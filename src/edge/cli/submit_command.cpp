#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/json_field.hpp"
#include "base/strict_json.hpp"
#include "edge/cli/client_commands.hpp"
#include "edge/cli/client_status.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/service_client.hpp"
#include "spec/override.hpp"

namespace backtest {

namespace {

json::object submission(const SubmitOptions& options) {
  json::object body;
  const ConfigSource& config = options.config;
  const std::string text = read_config_text(config);
  if (!config.overrides.empty()) {
    // With --set the text alone is no longer the config, so the resolved config is sent in its place.
    body["config"] = parse_spec(text, config.name(), {.strict = config.strict}, config.overrides).resolved;
  } else if (config.path.ends_with(".json")) {
    auto parsed = parse_strict_json(text);
    if (!parsed) throw InvalidInput(Diagnostic{.file = config.name(), .message = "no JSON: " + parsed.error()});
    body["config"] = std::move(*parsed);
  } else {
    body["config_yaml"] = text;
  }
  body["strict"] = config.strict;
  if (options.run_id) body["run_id"] = *options.run_id;
  if (options.priority) body["priority"] = *options.priority;
  if (!options.tags.empty()) body["tags"] = json::array(options.tags.begin(), options.tags.end());
  if (options.note) body["note"] = *options.note;
  return body;
}

// The service does not know the name of the caller's file, so its errors are told again with that name.
[[noreturn]] void refuse_config(const ServiceError& error, const std::string& file) {
  std::vector<Diagnostic> diagnostics;
  for (const json::value& value : error.errors()) {
    const json::object& entry = value.as_object();
    Diagnostic diagnostic;
    diagnostic.file = file;
    if (const json::value* line = entry.if_contains("line"); line != nullptr && line->is_int64()) {
      diagnostic.line = static_cast<std::size_t>(line->get_int64());
    }
    diagnostic.column = text_field(entry, "column");
    diagnostic.path = text_field(entry, "path");
    diagnostic.message = text_field(entry, "message");
    diagnostics.push_back(std::move(diagnostic));
  }
  throw InvalidInput(std::move(diagnostics));
}

}  // namespace

int submit_command(const SubmitOptions& options) {
  return client_status([&] {
    ServiceClient client;
    ServiceClient::Headers headers;
    if (options.idempotency_key) headers.emplace_back("Idempotency-Key", *options.idempotency_key);
    json::value reply;
    try {
      reply = client.post("/backtests", submission(options), headers);
    } catch (const ServiceError& error) {
      if (error.code() != "invalid_config" || error.errors().empty()) throw;
      refuse_config(error, options.config.name());
    }
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

}  // namespace backtest
