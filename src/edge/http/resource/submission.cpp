#include "edge/http/resource/submission.hpp"

#include <algorithm>

#include "base/allowed_file.hpp"
#include "base/ascii_text.hpp"
#include "base/sha256.hpp"
#include "edge/http/message/json_body.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/request_memory.hpp"
#include "edge/http/resource/run_json.hpp"
#include "settings/storage_reference.hpp"

namespace backtest {

namespace {

// A body of one-letter items needs this many bytes for each of its own, as trees of JSON and YAML and as texts.
constexpr std::uint64_t bytes_per_body_byte = 48;
constexpr std::chrono::milliseconds patience{5'000};

void refuse(std::vector<Diagnostic>& refused, std::string path, std::string message) {
  Diagnostic diagnostic;
  diagnostic.path = std::move(path);
  diagnostic.message = std::move(message);
  refused.push_back(std::move(diagnostic));
}

void check_container(const std::string& path, const std::string& place, const Settings& settings,
                     std::vector<Diagnostic>& refused) {
  const auto reference = parse_storage_reference(place);
  if (!reference) {
    refuse(refused, path, "must be container/path or abfss://container@account-host/path");
  } else if (std::ranges::find(settings.adls_container_allowlist, reference->container) ==
             settings.adls_container_allowlist.end()) {
    refuse(refused, path, "names a container that this service does not allow");
  }
}

void require_json(const HttpRequest& request) {
  const std::string_view type = request.header("Content-Type").value_or("");
  const std::string media_type = lower_case(trimmed(type.substr(0, type.find(';'))));
  if (media_type != "application/json" && !media_type.ends_with("+json")) {
    throw HttpError(415, "unsupported_media_type", "the body must be sent as application/json");
  }
}

const json::value* present(const json::object& body, std::string_view name) {
  const json::value* found = body.if_contains(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

bool flag_field(const json::object& body, std::string_view name, bool fallback) {
  const json::value* field = present(body, name);
  if (field == nullptr) return fallback;
  if (!field->is_bool()) throw invalid_parameter(std::string(name), "must be true or false");
  return field->get_bool();
}

int priority_field(const json::object& body) {
  const json::value* field = present(body, "priority");
  if (field == nullptr) return 0;
  const std::int64_t* priority = field->if_int64();
  if (priority == nullptr || *priority < -100 || *priority > 100) {
    throw invalid_parameter("priority", "must be a whole number from -100 to 100");
  }
  return static_cast<int>(*priority);
}

// What a YAML text says, as JSON, where JSON would be read alike; else the resolved config. A ticker that YAML text
// writes as NO or ON would be a flag or a word there.
json::value written_config(const Spec& spec, const SpecOptions& options) {
  try {
    if (parse_spec(spec.written, options).config_sha256 == spec.config_sha256) return spec.written;
  } catch (const InvalidInput&) {
    // As JSON it is no valid config at all.
  }
  return spec.resolved;
}

Spec parse_config(const json::object& body, json::value& submitted) {
  const SpecOptions options{.strict = flag_field(body, "strict", true)};
  const json::value* config = present(body, "config");
  const json::value* yaml = present(body, "config_yaml");
  if (config != nullptr && !config->is_object()) throw invalid_parameter("config", "must be an object");
  if (yaml != nullptr && !yaml->is_string()) throw invalid_parameter("config_yaml", "must be text");
  const bool has_config = config != nullptr && !config->get_object().empty();
  const bool has_yaml = yaml != nullptr && !trimmed(yaml->get_string()).empty();
  if (has_config == has_yaml) {
    throw HttpError(422, "invalid_parameter", "exactly one of config and config_yaml must be given and not empty");
  }
  if (has_config) {
    submitted = *config;
    return parse_spec(*config, options);
  }
  Spec spec = parse_spec(yaml->get_string(), "config_yaml", options);
  submitted = written_config(spec, options);
  return spec;
}

}  // namespace

void check_access(const Spec& spec, const Settings& settings, std::vector<Diagnostic>& refused) {
  const auto check_local = [&](const std::string& path, const std::string& file) {
    if (!settings.allow_local_data) {
      refuse(refused, path, "names a local file, and this service does not read local data");
    } else if (!path_allowed(file, settings.allowed_data_dirs)) {
      refuse(refused, path, "\"" + file + "\" is outside the directories that this service may read");
    }
  };
  check_local("data.price_path", spec.data.price_path);
  if (spec.data.signal_path) check_local("data.signal_path", *spec.data.signal_path);
  for (const std::string& file : spec.target_paths) check_local("strategy.parameters.path", file);
  if (spec.benchmark && spec.benchmark->path) check_local("benchmark.path", *spec.benchmark->path);
  if (spec.risk_free && spec.risk_free->path) check_local("metrics.risk_free.path", *spec.risk_free->path);
  if (spec.output.adls_dir) check_container("output.adls_dir", *spec.output.adls_dir, settings, refused);
}

RunRequest parse_run_request(ApiContext& context, const HttpRequest& request, MemoryShare& memory) {
  require_json(request);
  memory = require_memory(context, request.body.size() * bytes_per_body_byte, patience);
  const json::value document = parse_json_body(request.body);
  if (!document.is_object()) throw HttpError(422, "invalid_json", "the body must be a JSON object");
  const json::object& body = document.get_object();
  RunRequest run;
  run.priority = priority_field(body);
  if (const json::value* id = present(body, "run_id")) {
    if (!id->is_string()) throw invalid_parameter("run_id", "must be text");
    run.run_id = checked_run_id(id->get_string());
  }
  run.spec = parse_config(body, run.submitted);
  std::vector<Diagnostic> refused;
  check_access(run.spec, context.settings, refused);
  if (!refused.empty()) throw InvalidInput(std::move(refused));
  run.body_sha256 = sha256_hex(json_text(document));
  return run;
}

}  // namespace backtest
