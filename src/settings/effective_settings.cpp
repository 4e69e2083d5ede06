#include <map>

#include "settings/parse_settings.hpp"
#include "settings/storage_accounts.hpp"

namespace backtest {

namespace {

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ",") + item;
  return text;
}

// A query may carry a key.
std::string without_query(const std::string& url) {
  return url.substr(0, url.find('?'));
}

std::string masked(const Secret& secret) {
  return secret.empty() ? "" : "********";
}

std::string flag_text(bool flag) {
  return flag ? "true" : "false";
}

using Lines = std::map<std::string, std::string>;

void add_access(const Settings& settings, Lines& lines) {
  const AuthSettings& auth = settings.auth;
  lines["BACKTEST_AUTH_MODE"] = to_text(auth.mode);
  lines["BACKTEST_API_KEY"] = masked(auth.api_key);
  lines["BACKTEST_API_KEY_FILE"] = auth.api_key_file;
  lines["BACKTEST_API_KEY_HEADER"] = auth.api_key_header;
  lines["BACKTEST_ALLOW_ANONYMOUS"] = flag_text(auth.allow_anonymous);
  lines["BACKTEST_OIDC_ISSUER"] = without_query(auth.oidc.issuer);
  lines["BACKTEST_OIDC_AUDIENCE"] = joined(auth.oidc.audiences);
  lines["BACKTEST_OIDC_JWKS_URL"] = without_query(auth.oidc.jwks_url);
  lines["BACKTEST_OIDC_REQUIRED_SCOPES"] = joined(auth.oidc.required_scopes);
  lines["BACKTEST_OIDC_READ_SCOPES"] = joined(auth.oidc.read_scopes);
  lines["BACKTEST_OIDC_WRITE_SCOPES"] = joined(auth.oidc.write_scopes);
  lines["BACKTEST_OIDC_REQUIRED_ROLES"] = joined(auth.oidc.required_roles);
  lines["BACKTEST_OIDC_ADMIN_SCOPES"] = joined(auth.oidc.admin_scopes);
  lines["BACKTEST_OIDC_ADMIN_ROLES"] = joined(auth.oidc.admin_roles);
  lines["BACKTEST_ACCESS"] = to_text(auth.access);
  lines["BACKTEST_ALLOW_LOCAL_DATA"] = flag_text(settings.allow_local_data);
  lines["BACKTEST_ALLOWED_DATA_DIRS"] = joined(settings.allowed_data_dirs);
  lines["BACKTEST_DATA_POSTGRES_DSN"] = masked(settings.data.postgres_dsn);
  lines["BACKTEST_DATA_POSTGRES_TIMEOUT_SECONDS"] = std::to_string(settings.data.postgres_timeout.count());
  lines["BACKTEST_ALLOWED_SQL_TABLES"] = joined(settings.data.allowed_sql_tables);
  lines["BACKTEST_ALLOW_DATASETS"] = flag_text(settings.datasets.are_allowed);
  lines["BACKTEST_DATASET_MB"] = std::to_string(settings.datasets.largest_mb);
  lines["BACKTEST_DATASETS_MB_PER_SUBMITTER"] = std::to_string(settings.datasets.mb_per_submitter);
}

std::string joined(const std::vector<AllowedPlace>& places) {
  std::vector<std::string> texts;
  for (const AllowedPlace& place : places) {
    texts.push_back(place.container + (place.prefix.empty() ? "" : "/" + place.prefix));
  }
  return joined(texts);
}

// As they are used, whichever of the variables (a connection string, say) they came from.
void add_azure(const StorageSettings& storage, Lines& lines) {
  const AzureAccount account = storage.azure.empty() ? AzureAccount{} : storage.azure.front();
  const AzureIdentity& identity = account.identity;
  lines["AZURE_STORAGE_ACCOUNT_NAME"] = account.name;
  lines["AZURE_STORAGE_BLOB_ENDPOINT"] = without_query(account.blob_endpoint);
  lines["AZURE_STORAGE_SAS_TOKEN"] = masked(account.sas);
  lines["AZURE_STORAGE_ACCOUNT_KEY"] = masked(account.account_key);
  lines["BACKTEST_AZURE_CREDENTIAL"] = storage.azure.empty() ? "" : to_text(account.credential);
  lines["AZURE_TENANT_ID"] = identity.tenant_id;
  lines["AZURE_CLIENT_ID"] = identity.client_id;
  lines["AZURE_CLIENT_SECRET"] = masked(identity.client_secret);
  lines["AZURE_FEDERATED_TOKEN_FILE"] = identity.federated_token_file;
  lines["AZURE_AUTHORITY_HOST"] = without_query(identity.authority_host);
  lines["IDENTITY_ENDPOINT"] = without_query(identity.identity_endpoint);
  lines["IDENTITY_HEADER"] = masked(identity.identity_header);
  lines["BACKTEST_ADLS_CONTAINER_ALLOWLIST"] = joined(storage.azure_read);
  lines["BACKTEST_ADLS_WRITE_ALLOWLIST"] = joined(storage.azure_write);
  std::vector<std::string> further;
  for (std::size_t i = 1; i < storage.azure.size(); ++i) {
    const AzureAccount& other = storage.azure[i];
    const std::string prefix = account_variable_prefix(other.name);
    further.push_back(other.name);
    lines[prefix + "BLOB_ENDPOINT"] = without_query(other.blob_endpoint);
    lines[prefix + "KEY"] = masked(other.account_key);
    lines[prefix + "SAS_TOKEN"] = masked(other.sas);
  }
  lines["BACKTEST_ADLS_ALLOWED_ACCOUNTS"] = joined(further);
}

void add_s3(const StorageSettings& storage, Lines& lines) {
  const S3Account account = storage.s3.value_or(S3Account{});
  lines["AWS_REGION"] = account.region;
  lines["AWS_ENDPOINT_URL_S3"] = without_query(account.endpoint);
  lines["AWS_ENDPOINT_URL_STS"] = without_query(account.sts_endpoint);
  lines["AWS_ACCESS_KEY_ID"] = masked(account.access_key_id);
  lines["AWS_SECRET_ACCESS_KEY"] = masked(account.secret_access_key);
  lines["AWS_SESSION_TOKEN"] = masked(account.session_token);
  lines["AWS_WEB_IDENTITY_TOKEN_FILE"] = account.web_identity_token_file;
  lines["AWS_ROLE_ARN"] = account.role_arn;
  lines["BACKTEST_S3_PATH_STYLE"] = storage.s3 ? flag_text(account.path_style) : "";
  lines["BACKTEST_S3_BUCKET_ALLOWLIST"] = joined(storage.s3_read);
  lines["BACKTEST_S3_WRITE_ALLOWLIST"] = joined(storage.s3_write);
}

void add_limits(const Settings& settings, Lines& lines) {
  const auto number = [&](const char* name, auto value) { lines[name] = std::to_string(value); };
  number("BACKTEST_MAX_CONCURRENT", settings.max_concurrent);
  number("BACKTEST_MAX_CONCURRENT_PER_SUBMITTER", settings.max_concurrent_per_submitter);
  number("BACKTEST_LEASE_SECONDS", settings.lease.count());
  number("BACKTEST_SHUTDOWN_GRACE_SECONDS", settings.shutdown_grace.count());
  number("BACKTEST_RUN_TIMEOUT_SECONDS", settings.run_timeout.count());
  number("BACKTEST_RUN_MEMORY_MB", settings.run_memory_mb);
  number("BACKTEST_QUEUE_LIMIT", settings.queue_limit);
  number("BACKTEST_RETENTION_DAYS", settings.retention_days);
  number("BACKTEST_GC_EVERY_SECONDS", settings.gc_every.count());
  number("BACKTEST_GC_MIN_AGE_SECONDS", settings.gc_min_age.count());
  number("BACKTEST_RUN_ARTIFACTS_MB", settings.run_artifacts_mb);
  number("BACKTEST_PANEL_CACHE_MB", settings.panel_cache_mb);
  number("BACKTEST_ARTIFACT_CACHE_MB", settings.artifact_cache_mb);
  number("BACKTEST_MIN_FREE_DISK_MB", settings.min_free_disk_mb);
  number("BACKTEST_MAX_BODY_BYTES", settings.http.body_bytes);
  number("BACKTEST_MAX_CONNECTIONS", settings.http.connections);
  number("BACKTEST_MAX_CONNECTIONS_PER_ADDRESS", settings.http.connections_per_address);
  number("BACKTEST_MAX_STREAMS", settings.http.streams);
  number("BACKTEST_REQUESTS_PER_MINUTE", settings.http.requests_per_minute);
  number("BACKTEST_REQUESTS_PER_MINUTE_PER_ADDRESS", settings.http.requests_per_minute_per_address);
  number("BACKTEST_SUBMISSIONS_PER_MINUTE", settings.http.submissions_per_minute);
  number("BACKTEST_SUBMISSIONS_PER_MINUTE_PER_ADDRESS", settings.http.submissions_per_minute_per_address);
  number("BACKTEST_QUEUE_LIMIT_PER_SUBMITTER", settings.submitter_queue_limit);
  number("BACKTEST_AUDIT_RETENTION_DAYS", settings.audit_retention_days);
  number("BACKTEST_MEMORY_MB", settings.http.memory_mb);
}

void add_ui(const UiSettings& ui, Lines& lines) {
  lines["BACKTEST_UI_DIST_DIR"] = ui.dist_dir;
  lines["BACKTEST_UI_AUTH_MODE"] = ui.auth_mode;
  lines["BACKTEST_UI_API_BASE_URL"] = without_query(ui.api_base_url);
  lines["BACKTEST_UI_OIDC_CLIENT_ID"] = ui.oidc_client_id;
  lines["BACKTEST_UI_OIDC_AUTHORITY"] = without_query(ui.oidc_authority);
  lines["BACKTEST_UI_OIDC_SCOPES"] = joined(ui.oidc_scopes);
}

}  // namespace

std::string effective_settings_text(const Settings& settings) {
  Lines lines;
  lines["BACKTEST_OUTPUT_DIR"] = settings.output_dir.string();
  lines["BACKTEST_DB_PATH"] = settings.db_path.string();
  lines["BACKTEST_OUTPUT_SHARED"] = flag_text(settings.output_shared);
  lines["BACKTEST_RUN_STORE_MODE"] = settings.run_store;
  lines["BACKTEST_ARTIFACT_STORE"] = settings.artifact_store;
  lines["BACKTEST_ADLS_RUNS_DIR"] = settings.adls_runs_dir ? settings.adls_runs_dir->text() : "";
  lines["BACKTEST_POSTGRES_DSN"] = masked(settings.postgres_dsn);
  lines["BACKTEST_POSTGRES_DIRECT_DSN"] = masked(settings.postgres_direct_dsn);
  lines["BACKTEST_MIGRATE_DSN"] = masked(settings.migrate_dsn);
  lines["BACKTEST_WEBHOOK_URL"] = masked(settings.webhook.url);
  lines["BACKTEST_WEBHOOK_SECRET"] = masked(settings.webhook.secret);
  lines["BACKTEST_CSP"] = settings.content_security_policy;
  lines["BACKTEST_LISTEN"] = settings.listen ? settings.listen->text() : "";
  lines["BACKTEST_METRICS_LISTEN"] = settings.metrics_listen ? settings.metrics_listen->text() : "";
  lines["BACKTEST_LOG_LEVEL"] = to_text(settings.log_level);
  lines["BACKTEST_API_PREFIX"] = settings.api_prefix;
  lines["BACKTEST_TLS_CERTIFICATE_FILE"] = settings.tls.certificate_file;
  lines["BACKTEST_TLS_KEY_FILE"] = settings.tls.key_file;
  lines["BACKTEST_CORS_ORIGINS"] = joined(settings.cors_origins);
  std::vector<std::string> proxies;
  for (const AddressRange& range : settings.trusted_proxies) proxies.push_back(range.text());
  lines["BACKTEST_TRUSTED_PROXIES"] = joined(proxies);
  add_access(settings, lines);
  add_azure(settings.storage, lines);
  add_s3(settings.storage, lines);
  add_limits(settings, lines);
  add_ui(settings.ui, lines);
  std::string text;
  for (const auto& [name, value] : lines) text += name + "=" + value + "\n";
  return text;
}

}  // namespace backtest
