#include "edge/http/resource/submission.hpp"

#include <algorithm>

#include "base/allowed_file.hpp"
#include "base/ascii_text.hpp"
#include "base/dataset_reference.hpp"
#include "base/sha256.hpp"
#include "edge/http/message/json_body.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/dataset_access.hpp"
#include "edge/http/resource/request_memory.hpp"
#include "edge/http/resource/run_json.hpp"
#include "edge/http/resource/run_labels.hpp"
#include "settings/object_location.hpp"
#include "settings/parse_settings.hpp"

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

void check_object(const std::string& path, const std::string& place, const Settings& settings,
                  std::vector<Diagnostic>& refused) {
  const auto location = parse_object_location(place, settings.storage);
  if (!location) return refuse(refused, path, location.error());
  if (const auto refusal = refusal_to_read(*location, settings.storage)) refuse(refused, path, *refusal);
}

void check_sql_table(const std::string& path, const std::string& table, const DataSettings& settings,
                     std::vector<Diagnostic>& refused) {
  if (settings.postgres_dsn.empty()) {
    refuse(refused, path, "names a table in PostgreSQL, and this service reads none (BACKTEST_DATA_POSTGRES_DSN)");
  } else if (std::ranges::find(settings.allowed_sql_tables, table) == settings.allowed_sql_tables.end()) {
    refuse(refused, path, "\"" + table + "\" is not one of the tables that this service may read");
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

// Where a run's artifacts go is its record's affair, not the policy's: what runs, is hashed and written into the
// artifacts does not name it (ART-17).
void drop_place(Spec& spec) {
  json::value config = spec.resolved;
  if (json::value* output = config.get_object().if_contains("output")) output->get_object().erase("adls_dir");
  const Spec placeless = parse_spec(config, {.warn_without_effect = false});
  spec.canonical = placeless.canonical;
  spec.config_sha256 = placeless.config_sha256;
  spec.resolved = placeless.resolved;
}

}  // namespace

void check_access(const Spec& spec, const Settings& settings, std::vector<Diagnostic>& refused) {
  const auto check_dataset = [&](const std::string& path) {
    if (!settings.datasets.are_allowed) {
      refuse(refused, path, "names a data set, and this service keeps none (BACKTEST_ALLOW_DATASETS)");
    }
  };
  const auto check_local = [&](const std::string& path, const std::string& file) {
    if (!settings.allow_local_data) {
      refuse(refused, path, "names a local file, and this service does not read local data");
    } else if (!path_allowed(file, settings.allowed_data_dirs)) {
      refuse(refused, path, "\"" + file + "\" is outside the directories that this service may read");
    }
  };
  const auto check_table = [&](const std::string& path, DataSourceKind source, const std::string& place) {
    if (source != DataSourceKind::postgres && names_dataset(place)) return check_dataset(path);
    switch (source) {
      case DataSourceKind::postgres:
        return check_sql_table(path, place, settings.data, refused);
      case DataSourceKind::adls:
      case DataSourceKind::s3:
        return check_object(path, place, settings, refused);
      case DataSourceKind::automatic:
        return names_object_storage(place) ? check_object(path, place, settings, refused) : check_local(path, place);
      case DataSourceKind::local:
        return check_local(path, place);
    }
  };
  check_table("data.price_path", spec.data.price_source, spec.data.price_path);
  if (spec.data.signal_path) {
    check_table("data.signal_path", spec.data.signal_source.value_or(spec.data.price_source), *spec.data.signal_path);
  }
  // The others have no source of their own: the form of their path tells.
  const auto check_other = [&](const std::string& path, const std::string& place) {
    check_table(path, DataSourceKind::automatic, place);
  };
  for (const std::string& file : spec.target_paths) check_other("strategy.parameters.path", file);
  if (spec.benchmark && spec.benchmark->path) check_other("benchmark.path", *spec.benchmark->path);
  if (spec.risk_free && spec.risk_free->path) check_other("metrics.risk_free.path", *spec.risk_free->path);
}

RunRequest parse_run_request(ApiContext& context, const HttpRequest& request, MemoryShare& memory) {
  require_json(request);
  memory = require_memory(context, request.body.size() * bytes_per_body_byte, patience);
  const json::value document = parse_json_body(request.body);
  if (!document.is_object()) throw HttpError(422, "invalid_json", "the body must be a JSON object");
  const json::object& body = document.get_object();
  RunRequest run;
  run.priority = priority_field(body);
  run.tags = tags_field(body);
  run.note = label_field(body, "note", longest_note);
  if (const json::value* id = present(body, "run_id")) {
    if (!id->is_string()) throw invalid_parameter("run_id", "must be text");
    run.run_id = checked_run_id(id->get_string());
  }
  run.spec = parse_config(body, run.submitted);
  std::vector<Diagnostic> refused;
  check_access(run.spec, context.settings, refused);
  try {
    context.artifacts.locate(run.run_id.value_or("id"), run.spec.output.adls_dir);
  } catch (const InvalidInput& error) {
    refused.insert(refused.end(), error.diagnostics().begin(), error.diagnostics().end());
  }
  if (refused.empty()) resolve_datasets(context, request.principal, run.spec, refused);
  if (!refused.empty()) throw InvalidInput(std::move(refused));
  if (run.spec.output.adls_dir) drop_place(run.spec);
  run.body_sha256 = sha256_hex(json_text(document));
  return run;
}

}  // namespace backtest
