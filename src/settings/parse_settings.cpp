#include "settings/parse_settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/allowed_file.hpp"
#include "base/ascii_text.hpp"
#include "settings/auth_settings.hpp"
#include "settings/data_settings.hpp"
#include "settings/dataset_settings.hpp"
#include "settings/http_settings.hpp"
#include "settings/secret_setting.hpp"
#include "settings/setting_reader.hpp"
#include "settings/setting_text.hpp"
#include "settings/storage_accounts.hpp"
#include "settings/store_choices.hpp"
#include "settings/ui_settings.hpp"
#include "settings/webhook_settings.hpp"

namespace backtest {

namespace {

constexpr std::string_view first_directives =
    "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; form-action 'self'; ";
constexpr std::string_view for_own_client =
    "img-src 'self'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'";
// A client of a directory may be the Python service's, which writes styles into its elements.
constexpr std::string_view for_other_clients =
    "img-src 'self' data: https:; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data: https:; "
    "connect-src 'self'";

std::string content_security_policy(SettingReader& reader, const Settings& settings) {
  const std::string given = reader.text("BACKTEST_CSP");
  if (!valid_header_value(given)) reader.error("BACKTEST_CSP", "must be printable ASCII on one line");
  if (!given.empty()) return given;
  std::string policy(first_directives);
  policy += settings.ui.dist_dir.empty() || settings.ui.dist_dir == no_client ? for_own_client : for_other_clients;
  // The web client talks to the issuer when it signs people in, and to the API where that is elsewhere; nobody else is
  // reachable (W-87).
  for (const std::string& origin : client_origins(settings.ui, settings.auth.oidc)) policy += " " + origin;
  return policy;
}

std::vector<std::string> container_allowlist(SettingReader& reader) {
  const std::string given = reader.text("BACKTEST_ADLS_CONTAINER_ALLOWLIST");
  if (!given.empty()) {
    std::vector<std::string> containers = comma_list(given);
    if (containers.empty()) {
      reader.error("BACKTEST_ADLS_CONTAINER_ALLOWLIST", "must name at least one container; an empty list allows none");
    }
    return containers;
  }
  std::vector<std::string> containers = {"bronze", "silver", "gold", "platinum", "ranking-data", "common"};
  for (std::string_view layer :
       {"MARKET", "FINANCE", "EARNINGS", "TARGETS", "COMMON", "RANKING", "BRONZE", "SILVER", "GOLD"}) {
    const std::string container = reader.text("AZURE_CONTAINER_" + std::string(layer));
    if (!container.empty() && std::ranges::find(containers, container) == containers.end()) {
      containers.push_back(container);
    }
  }
  return containers;
}

// SET-15
std::optional<ObjectLocation> adls_runs_dir(SettingReader& reader, const StorageSettings& storage) {
  const std::string given = reader.text("BACKTEST_ADLS_RUNS_DIR");
  if (given.empty()) return std::nullopt;
  const auto place = parse_object_location(given, storage);
  if (!place) {
    reader.error("BACKTEST_ADLS_RUNS_DIR", place.error());
    return std::nullopt;
  }
  if (const auto refusal = refusal_to_write(*place, storage)) reader.error("BACKTEST_ADLS_RUNS_DIR", *refusal);
  return *place;
}

// Whoever names a place in object storage relies on it: artifacts on a disk that does not last would be lost.
void require_reader_of_runs_dir(SettingReader& reader, const StoreChoices& stores, const Settings& settings) {
  if (!settings.adls_runs_dir) return;
  const auto reads = [](const std::vector<StoreChoice>& choices, const std::string& name) {
    return std::ranges::any_of(
        choices, [&](const StoreChoice& choice) { return choice.reads_adls_runs_dir && choice.name == name; });
  };
  if (reads(stores.run_stores, settings.run_store) || reads(stores.artifact_stores, settings.artifact_store)) return;
  reader.error("BACKTEST_ADLS_RUNS_DIR",
               "is read by none of the chosen stores (BACKTEST_RUN_STORE_MODE, BACKTEST_ARTIFACT_STORE): artifacts "
               "would stay in BACKTEST_OUTPUT_DIR; choose another store or take the variable away");
}

bool is_in_object_storage(const StoreChoices& stores, const Settings& settings) {
  const auto chosen = std::ranges::find(stores.artifact_stores, settings.artifact_store, &StoreChoice::name);
  return chosen != stores.artifact_stores.end() && chosen->reads_adls_runs_dir;
}

// A service that was given a place in object storage keeps its artifacts there (ART-17).
std::string default_artifact_store(const StoreChoices& stores, const Settings& settings) {
  for (const StoreChoice& choice : stores.artifact_stores) {
    if (settings.adls_runs_dir && choice.reads_adls_runs_dir) return choice.name;
  }
  return settings.artifact_store;
}

void read_stores(SettingReader& reader, const StoreChoices& stores, Settings& settings) {
  settings.output_dir = reader.absolute_path("BACKTEST_OUTPUT_DIR", "./backtest_results");
  settings.db_path = reader.absolute_path("BACKTEST_DB_PATH", (settings.output_dir / "runs.sqlite3").string());
  settings.output_shared = reader.flag("BACKTEST_OUTPUT_SHARED", false);
  settings.adls_container_allowlist = container_allowlist(reader);
  settings.storage = read_storage_settings(reader, settings.adls_container_allowlist);
  settings.adls_runs_dir = adls_runs_dir(reader, settings.storage);
  settings.run_store = chosen_store(reader, "BACKTEST_RUN_STORE_MODE", settings.run_store, stores.run_stores);
  settings.artifact_store =
      chosen_store(reader, "BACKTEST_ARTIFACT_STORE", default_artifact_store(stores, settings), stores.artifact_stores);
  settings.artifacts_in_object_storage = is_in_object_storage(stores, settings);
  settings.postgres_dsn = secret_setting(reader, "BACKTEST_POSTGRES_DSN");
  settings.postgres_direct_dsn = secret_setting(reader, "BACKTEST_POSTGRES_DIRECT_DSN");
  settings.migrate_dsn = secret_setting(reader, "BACKTEST_MIGRATE_DSN");
  require_reader_of_runs_dir(reader, stores, settings);
}

void check_stores(SettingReader& reader, Role role, const StoreChoices& stores, const Settings& settings) {
  for (const StoreChoice& store : stores.run_stores) {
    if (store.check) store.check(settings, role, store.name == settings.run_store, reader);
  }
  for (const StoreChoice& store : stores.artifact_stores) {
    if (store.check) store.check(settings, role, store.name == settings.artifact_store, reader);
  }
}

// What is a file will never hold one. What is not there yet may be mounted later, and must not keep the service from
// starting; a name that is mistyped shows in the log.
void check_data_dirs(SettingReader& reader, const Settings& settings, std::vector<std::string>& warnings) {
  if (!settings.allow_local_data) return;
  for (const std::string& directory : settings.allowed_data_dirs) {
    std::error_code ignored;
    const std::filesystem::file_status status = std::filesystem::status(directory, ignored);
    if (status.type() == std::filesystem::file_type::not_found) {
      warnings.push_back("BACKTEST_ALLOWED_DATA_DIRS: " + directory + " is not there");
    } else if (std::filesystem::status_known(status) && !std::filesystem::is_directory(status)) {
      reader.error("BACKTEST_ALLOWED_DATA_DIRS", "must be a list of directories; " + directory + " is none");
    }
  }
}

void read_data_access(SettingReader& reader, Settings& settings) {
  settings.allow_local_data = reader.flag("BACKTEST_ALLOW_LOCAL_DATA", false);
  for (const std::string& directory : reader.list("BACKTEST_ALLOWED_DATA_DIRS")) {
    settings.allowed_data_dirs.push_back(absolute_path(directory));
  }
  if (settings.allow_local_data && settings.allowed_data_dirs.empty()) {
    reader.error("BACKTEST_ALLOWED_DATA_DIRS", "is required when BACKTEST_ALLOW_LOCAL_DATA is true");
  }
  check_data_dirs(reader, settings, settings.warnings);
  settings.data = read_data_settings(reader);
  settings.datasets = read_dataset_settings(reader);
}

void read_limits(SettingReader& reader, Role role, Settings& settings) {
  const auto seconds = [&](std::string_view name, std::chrono::seconds fallback, int least, int most) {
    return std::chrono::seconds(reader.integer(name, fallback.count(), least, most));
  };
  constexpr int week_s = 7 * 86'400;
  settings.max_concurrent = static_cast<int>(reader.integer("BACKTEST_MAX_CONCURRENT", 1, 0, 64));
  if (role == Role::worker && settings.max_concurrent == 0) {
    reader.error("BACKTEST_MAX_CONCURRENT", "must be at least 1 for a worker (0 is an API without workers)");
  }
  settings.max_concurrent_per_submitter =
      static_cast<int>(reader.integer("BACKTEST_MAX_CONCURRENT_PER_SUBMITTER", 0, 0, 10'000));
  settings.lease = seconds("BACKTEST_LEASE_SECONDS", settings.lease, 1, 3600);
  settings.shutdown_grace = seconds("BACKTEST_SHUTDOWN_GRACE_SECONDS", settings.shutdown_grace, 0, 3600);
  settings.run_timeout = seconds("BACKTEST_RUN_TIMEOUT_SECONDS", settings.run_timeout, 0, week_s);
  settings.run_memory_mb = reader.integer("BACKTEST_RUN_MEMORY_MB", settings.run_memory_mb, 0, 16'777'216);
  settings.queue_limit = reader.integer("BACKTEST_QUEUE_LIMIT", settings.queue_limit, 0, 100'000'000);
  settings.retention_days = static_cast<int>(reader.integer("BACKTEST_RETENTION_DAYS", 0, 0, 36'500));
  settings.audit_retention_days = static_cast<int>(reader.integer("BACKTEST_AUDIT_RETENTION_DAYS", 0, 0, 36'500));
  settings.submitter_queue_limit = reader.integer("BACKTEST_QUEUE_LIMIT_PER_SUBMITTER", 0, 0, 100'000'000);
  settings.gc_every = seconds("BACKTEST_GC_EVERY_SECONDS", settings.gc_every, 0, week_s);
  settings.gc_min_age = seconds("BACKTEST_GC_MIN_AGE_SECONDS", settings.gc_min_age, 0, week_s);
  settings.run_artifacts_mb = reader.integer("BACKTEST_RUN_ARTIFACTS_MB", settings.run_artifacts_mb, 0, 16'777'216);
  settings.panel_cache_mb = reader.integer("BACKTEST_PANEL_CACHE_MB", settings.panel_cache_mb, 0, 16'777'216);
  settings.artifact_cache_mb = reader.integer("BACKTEST_ARTIFACT_CACHE_MB", settings.artifact_cache_mb, 0, 16'777'216);
  settings.min_free_disk_mb = reader.integer("BACKTEST_MIN_FREE_DISK_MB", settings.min_free_disk_mb, 0, 16'777'216);
  read_http_limits(reader, settings.http);
  const std::optional<LogLevel> level = parse_log_level(reader.text("BACKTEST_LOG_LEVEL", "info"));
  if (!level) reader.error("BACKTEST_LOG_LEVEL", "must be debug, info, warning, error or off");
  settings.log_level = level.value_or(LogLevel::info);
}

std::optional<Endpoint> endpoint(SettingReader& reader, std::string_view name, std::string_view fallback) {
  const std::string text = reader.text(name, fallback);
  if (text.empty()) return std::nullopt;
  std::optional<Endpoint> parsed = parse_endpoint(text);
  if (!parsed) reader.error(name, "must be HOST:PORT with a port from 0 to 65535 (an IPv6 address in brackets)");
  return parsed;
}

template <typename Read>
auto parsed_alone(const Environment& environment, Read&& read) {
  SettingReader reader(environment);
  auto settings = read(reader);
  if (!reader.errors().empty()) throw InvalidInput(reader.errors());
  return settings;
}

}  // namespace

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view pair(*entry);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) environment.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return environment;
}

DataSettings parse_data_settings(const Environment& environment) {
  return parsed_alone(environment, read_data_settings);
}

StorageSettings parse_storage_settings(const Environment& environment) {
  return parsed_alone(environment,
                      [](SettingReader& reader) { return read_storage_settings(reader, container_allowlist(reader)); });
}

Settings parse_settings(const Environment& environment, Role role) {
  return parse_settings(environment, role, StoreChoices{});
}

Settings parse_settings(const Environment& environment, Role role, const StoreChoices& stores) {
  SettingReader reader(environment);
  Settings settings;
  read_stores(reader, stores, settings);
  read_data_access(reader, settings);
  read_limits(reader, role, settings);
  settings.ui = read_ui_settings(reader, role == Role::serve);
  std::optional<Endpoint> listen = endpoint(reader, "BACKTEST_LISTEN", "127.0.0.1:8000");
  settings.metrics_listen = endpoint(reader, "BACKTEST_METRICS_LISTEN", "");
  if (role == Role::serve) settings.listen = listen;
  settings.auth = read_auth_settings(reader, settings.listen);
  settings.webhook = read_webhook_settings(reader);
  read_http_surface(reader, settings);
  settings.content_security_policy = content_security_policy(reader, settings);
  check_stores(reader, role, stores, settings);
  for (std::string& unknown : reader.unknown_variables()) settings.warnings.push_back(std::move(unknown));
  if (!reader.errors().empty()) throw InvalidInput(reader.errors());
  return settings;
}

}  // namespace backtest
