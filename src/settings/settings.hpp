// What the environment variables BACKTEST_* say, typed. Read once at start (docs/operations.md lists the variables,
// docs/http.md those of authentication, limits, headers and the web client).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "settings/address_range.hpp"
#include "settings/data_settings.hpp"
#include "settings/dataset_settings.hpp"
#include "settings/object_location.hpp"
#include "settings/storage_settings.hpp"

namespace backtest {

enum class AuthMode { none, api_key, oidc, api_key_or_oidc };
std::string_view to_text(AuthMode mode);

// Whose runs a caller may read and change (AUTH-7): those of everybody, or its own.
enum class RunAccess { shared, own };
std::string_view to_text(RunAccess access);

struct Endpoint {
  std::string host;  // without the brackets of an IPv6 literal
  std::uint16_t port = 0;

  bool is_loopback() const;
  std::string text() const;
};

struct OidcSettings {
  std::string issuer;
  std::vector<std::string> audiences;
  std::string jwks_url;                      // empty: discovered from the issuer
  std::vector<std::string> required_scopes;  // for every request
  std::vector<std::string> read_scopes;      // besides, for reads
  std::vector<std::string> write_scopes;     // besides, for writes
  std::vector<std::string> required_roles;
  std::vector<std::string> admin_scopes;  // whoever holds all of these and of admin_roles is an administrator;
  std::vector<std::string> admin_roles;   // nobody where both are empty
};

struct AuthSettings {
  AuthMode mode = AuthMode::none;
  Secret api_key;
  std::string api_key_file;  // where it is read from, also again while the service runs; empty = from the environment
  std::string api_key_header = "X-API-Key";
  OidcSettings oidc;
  bool allow_anonymous = false;
  RunAccess access = RunAccess::shared;

  bool accepts_api_key() const {
    return (mode == AuthMode::api_key || mode == AuthMode::api_key_or_oidc) && !api_key.empty();
  }
  bool accepts_stored_keys() const { return mode == AuthMode::api_key || mode == AuthMode::api_key_or_oidc; }
  bool accepts_oidc() const { return mode == AuthMode::oidc || mode == AuthMode::api_key_or_oidc; }
};

struct HttpLimits {
  std::uint64_t body_bytes = 4u << 20;
  std::uint32_t header_bytes = 16u << 10;
  int connections = 2048;           // fewer where the process may not have two descriptors for each
  int connections_per_address = 0;  // 0 = half of them
  int streams = 1500;               // open event streams
  std::int64_t memory_mb = 512;     // of the whole process, its attempts not counted
  int pool_threads = 4;
  int commit_threads = 64;  // more than the pool: they wait, and those that wait together share a commit
  int pool_queue = 256;     // requests that wait for a thread, of either kind
  // Of one caller, and of one address; 0 = none.
  int requests_per_minute = 0, requests_per_minute_per_address = 0;
  int submissions_per_minute = 0, submissions_per_minute_per_address = 0;
  std::chrono::milliseconds header_time{10'000};
  std::chrono::milliseconds body_time{30'000};
  std::chrono::milliseconds write_time{30'000};  // for each 64 KiB of a response
  std::chrono::milliseconds idle_time{75'000};
};

// PEM files; both empty = plain HTTP.
struct TlsSettings {
  std::string certificate_file;  // the server's certificate first, then those that lead to the issuer
  std::string key_file;

  bool is_on() const { return !certificate_file.empty(); }
};

struct UiSettings {
  std::string dist_dir;
  std::string auth_mode;  // none, oidc, api_key; empty = derived
  std::string api_base_url;
  std::string oidc_client_id;
  std::string oidc_authority;
  std::vector<std::string> oidc_scopes;
};

struct WebhookSettings {
  Secret url;     // it may hold a credential; empty = nobody is told
  Secret secret;  // what messages are signed with
};

struct Settings {
  std::filesystem::path output_dir;
  std::filesystem::path db_path;
  int max_concurrent = 1;                // attempts at once; 0 = an API without workers
  int max_concurrent_per_submitter = 0;  // 0 = no cap
  AuthSettings auth;
  bool allow_local_data = false;
  std::vector<std::string> allowed_data_dirs;
  DataSettings data;
  DatasetSettings datasets;
  std::vector<std::string> adls_container_allowlist;  // never empty (W-85)
  StorageSettings storage;
  std::optional<ObjectLocation> adls_runs_dir;  // where runs lie in object storage
  // Names of registered stores (store_choices.hpp).
  std::string run_store = "sqlite";
  std::string artifact_store = "local";
  Secret postgres_dsn;
  Secret postgres_direct_dsn;
  Secret migrate_dsn;
  bool output_shared = false;
  bool artifacts_in_object_storage = false;  // the chosen artifact store is there
  std::string content_security_policy;
  UiSettings ui;
  std::string api_prefix;                     // "/api"; empty = none
  std::vector<std::string> cors_origins;      // pages of these origins may call the API
  std::vector<AddressRange> trusted_proxies;  // who may say for whom they speak

  TlsSettings tls;  // of both addresses

  std::optional<Endpoint> listen;          // unset for a worker
  std::optional<Endpoint> metrics_listen;  // unset: /metrics on the main port, behind authentication
  LogLevel log_level = LogLevel::info;
  std::chrono::seconds lease{30};
  std::chrono::seconds shutdown_grace{25};
  std::chrono::seconds run_timeout{3600};  // 0 = none
  std::int64_t run_memory_mb = 4096;       // 0 = none
  std::int64_t queue_limit = 10'000;       // 0 = none
  std::int64_t submitter_queue_limit = 0;  // queued runs of one submitter; 0 = none
  int audit_retention_days = 0;            // 0 = the audit is kept
  int retention_days = 0;                  // 0 = runs are kept
  std::chrono::seconds gc_every{3600};     // while runs have a retention; 0 = by command only
  std::chrono::seconds gc_min_age{3600};   // what lost attempts left stays for so long
  std::int64_t run_artifacts_mb = 4096;    // of one attempt; 0 = none
  std::int64_t panel_cache_mb = 8192;      // 0 = no cache
  std::int64_t artifact_cache_mb = 2048;   // of artifacts read from object storage; 0 = no cache
  std::int64_t min_free_disk_mb = 200;     // below it no run is claimed and readiness is off
  HttpLimits http;
  WebhookSettings webhook;

  std::vector<std::string> warnings;  // for the log: unknown BACKTEST_ variables and the like
};

}  // namespace backtest
