#include "settings/storage_accounts.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <utility>

#include "base/ascii_text.hpp"
#include "settings/azure_connection_string.hpp"
#include "settings/secret_setting.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

constexpr std::array<std::pair<std::string_view, AzureCredential>, 6> credential_words = {{
    {"account_key", AzureCredential::account_key},
    {"sas", AzureCredential::sas},
    {"client_secret", AzureCredential::client_secret},
    {"workload_identity", AzureCredential::workload_identity},
    {"managed_identity", AzureCredential::managed_identity},
    {"cli", AzureCredential::azure_cli},
}};

// Both are read where they are used, by the command line and by the client: here, so that a process that is started
// with an environment of its own can be given them.
constexpr std::array<std::string_view, 3> cli_variables = {"PATH", "HOME", "AZURE_CONFIG_DIR"};
constexpr std::array<std::string_view, 8> proxy_variables = {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy",
                                                             "ALL_PROXY",   "all_proxy",   "NO_PROXY",   "no_proxy"};

constexpr std::string_view url_rule = "must be an https:// URL (http:// only on a loopback host or link-local address)";

bool valid_endpoint(std::string_view text) {
  return valid_provider_url(text) || text.starts_with("http://169.254.");
}

std::string endpoint_setting(SettingReader& reader, std::string_view name) {
  std::string endpoint = reader.text(name);
  while (endpoint.ends_with('/')) endpoint.pop_back();
  if (!endpoint.empty() && !valid_endpoint(endpoint)) reader.error(name, std::string(url_rule));
  return endpoint;
}

std::string upper_case(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::vector<std::string> as_environment(SettingReader& reader, std::span<const std::string_view> names) {
  std::vector<std::string> environment;
  for (const std::string_view name : names) {
    const std::string value = reader.text(name);
    if (!value.empty()) environment.push_back(std::string(name) + "=" + value);
  }
  return environment;
}

AzureIdentity read_identity(SettingReader& reader) {
  AzureIdentity identity;
  identity.tenant_id = reader.text("AZURE_TENANT_ID");
  identity.client_id = reader.text("AZURE_CLIENT_ID");
  identity.client_secret = secret_setting(reader, "AZURE_CLIENT_SECRET");
  identity.federated_token_file = reader.text("AZURE_FEDERATED_TOKEN_FILE");
  identity.authority_host = endpoint_setting(reader, "AZURE_AUTHORITY_HOST");
  identity.identity_endpoint = endpoint_setting(reader, "IDENTITY_ENDPOINT");
  if (identity.identity_endpoint.empty()) identity.identity_endpoint = endpoint_setting(reader, "MSI_ENDPOINT");
  identity.identity_header = Secret(reader.text("IDENTITY_HEADER"));
  identity.cli_environment = as_environment(reader, cli_variables);
  return identity;
}

// Whether the machine has Azure's command line, which may be logged in; asked last.
bool has_azure_cli(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find(':'), path.size());
    std::error_code ignored;
    if (end > 0 && std::filesystem::exists(std::filesystem::path(path.substr(0, end)) / "az", ignored)) return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

AzureCredential first_identity(SettingReader& reader, const AzureIdentity& identity) {
  if (!identity.client_secret.empty() && !identity.client_id.empty() && !identity.tenant_id.empty()) {
    return AzureCredential::client_secret;
  }
  if (!identity.federated_token_file.empty() && !identity.client_id.empty() && !identity.tenant_id.empty()) {
    return AzureCredential::workload_identity;
  }
  if (!identity.identity_endpoint.empty() || !identity.client_id.empty()) return AzureCredential::managed_identity;
  return has_azure_cli(reader.text("PATH")) ? AzureCredential::azure_cli : AzureCredential::managed_identity;
}

AzureCredential first_that_applies(SettingReader& reader, const AzureAccount& account) {
  if (!account.account_key.empty()) return AzureCredential::account_key;
  if (!account.sas.empty()) return AzureCredential::sas;
  return first_identity(reader, account.identity);
}

void check_credential(SettingReader& reader, std::string_view variable, const AzureAccount& account) {
  const AzureIdentity& identity = account.identity;
  const auto need = [&](bool given, std::string_view name) {
    if (!given) reader.error(name, "is required by the credential that " + std::string(variable) + " chooses");
  };
  switch (account.credential) {
    case AzureCredential::account_key:
      need(!account.account_key.empty(), "AZURE_STORAGE_ACCOUNT_KEY");
      break;
    case AzureCredential::sas:
      need(!account.sas.empty(), "AZURE_STORAGE_SAS_TOKEN");
      break;
    case AzureCredential::client_secret:
      need(!identity.client_secret.empty(), "AZURE_CLIENT_SECRET");
      need(!identity.client_id.empty(), "AZURE_CLIENT_ID");
      need(!identity.tenant_id.empty(), "AZURE_TENANT_ID");
      break;
    case AzureCredential::workload_identity:
      need(!identity.federated_token_file.empty(), "AZURE_FEDERATED_TOKEN_FILE");
      need(!identity.client_id.empty(), "AZURE_CLIENT_ID");
      need(!identity.tenant_id.empty(), "AZURE_TENANT_ID");
      break;
    case AzureCredential::managed_identity:
    case AzureCredential::azure_cli:
      break;
  }
}

void choose_credential(SettingReader& reader, AzureAccount& account) {
  account.credential = first_that_applies(reader, account);
  const std::string word = lower_case(reader.text("BACKTEST_AZURE_CREDENTIAL"));
  if (word.empty() || word == "auto") return;
  const std::optional<AzureCredential> chosen = azure_credential(word);
  if (!chosen) {
    reader.error("BACKTEST_AZURE_CREDENTIAL",
                 "must be auto, account_key, sas, client_secret, workload_identity, managed_identity or cli");
    return;
  }
  account.credential = *chosen;
  check_credential(reader, "BACKTEST_AZURE_CREDENTIAL", account);
}

void take_connection_string(SettingReader& reader, const std::string& variable, AzureAccount& account) {
  const Secret text = secret_setting(reader, variable);
  if (text.empty()) return;
  const auto parsed = parse_azure_connection_string(text.reveal());
  if (!parsed) {
    reader.error(variable, parsed.error());
    return;
  }
  account.name = parsed->account;
  account.blob_endpoint = parsed->blob_endpoint;
  account.account_key = parsed->account_key;
  account.sas = parsed->sas;
}

void read_main_account(SettingReader& reader, StorageSettings& settings) {
  AzureAccount account;
  take_connection_string(reader, "AZURE_STORAGE_CONNECTION_STRING", account);
  const std::string name = reader.text("AZURE_STORAGE_ACCOUNT_NAME");
  const std::string endpoint = endpoint_setting(reader, "AZURE_STORAGE_BLOB_ENDPOINT");
  const Secret key = secret_setting(reader, "AZURE_STORAGE_ACCOUNT_KEY");
  const Secret other_key = secret_setting(reader, "AZURE_STORAGE_ACCESS_KEY");
  const Secret sas = secret_setting(reader, "AZURE_STORAGE_SAS_TOKEN");
  account.identity = read_identity(reader);
  if (!name.empty() && !valid_azure_account(name)) {
    reader.error("AZURE_STORAGE_ACCOUNT_NAME", "must be 3 to 24 of a-z and 0-9");
  } else if (!name.empty() && !account.name.empty() && account.name != name) {
    reader.error("AZURE_STORAGE_ACCOUNT_NAME", "is another account than AZURE_STORAGE_CONNECTION_STRING's");
  }
  // What the connection string says holds; the other variables fill in what it leaves open.
  if (account.name.empty()) {
    account.name = name.empty() ? account_of_endpoint(endpoint) : name;
    account.account_key = key.empty() ? other_key : key;
    account.sas = sas;
    account.blob_endpoint = endpoint.empty() ? "https://" + account.name + ".blob.core.windows.net" : endpoint;
  }
  choose_credential(reader, account);
  if (!account.name.empty()) settings.azure.push_back(std::move(account));
}

// Each has credentials of its own, so that no config draws the configured account's to another address; where it has
// none, the identity that the operator listed it for.
void read_further_accounts(SettingReader& reader, StorageSettings& settings) {
  for (const std::string& listed : reader.list("BACKTEST_ADLS_ALLOWED_ACCOUNTS")) {
    if (!valid_azure_account(listed)) {
      reader.error("BACKTEST_ADLS_ALLOWED_ACCOUNTS", "must be a list of account names: 3 to 24 of a-z and 0-9 each");
      continue;
    }
    if (std::ranges::any_of(settings.azure, [&](const AzureAccount& known) { return known.name == listed; })) continue;
    const std::string prefix = account_variable_prefix(listed);
    AzureAccount account;
    take_connection_string(reader, prefix + "CONNECTION_STRING", account);
    if (!account.name.empty() && account.name != listed) {
      reader.error(prefix + "CONNECTION_STRING", "is of another account than its name says");
    }
    if (account.name.empty()) {
      account.account_key = secret_setting(reader, prefix + "KEY");
      account.sas = secret_setting(reader, prefix + "SAS_TOKEN");
      account.blob_endpoint = endpoint_setting(reader, prefix + "BLOB_ENDPOINT");
    }
    account.name = listed;
    if (account.blob_endpoint.empty()) account.blob_endpoint = "https://" + listed + ".blob.core.windows.net";
    account.identity = settings.azure.empty() ? read_identity(reader) : settings.azure.front().identity;
    account.credential = first_that_applies(reader, account);
    settings.azure.push_back(std::move(account));
  }
}

std::optional<S3Account> read_s3(SettingReader& reader) {
  S3Account account;
  account.region = reader.text("AWS_REGION", reader.text("AWS_DEFAULT_REGION"));
  account.endpoint = endpoint_setting(reader, "AWS_ENDPOINT_URL_S3");
  if (account.endpoint.empty()) account.endpoint = endpoint_setting(reader, "AWS_ENDPOINT_URL");
  account.path_style = reader.flag("BACKTEST_S3_PATH_STYLE", !account.endpoint.empty());
  account.access_key_id = secret_setting(reader, "AWS_ACCESS_KEY_ID");
  account.secret_access_key = secret_setting(reader, "AWS_SECRET_ACCESS_KEY");
  account.session_token = secret_setting(reader, "AWS_SESSION_TOKEN");
  account.web_identity_token_file = reader.text("AWS_WEB_IDENTITY_TOKEN_FILE");
  account.role_arn = reader.text("AWS_ROLE_ARN");
  account.role_session_name = reader.text("AWS_ROLE_SESSION_NAME");
  account.sts_endpoint = endpoint_setting(reader, "AWS_ENDPOINT_URL_STS");
  if (account.access_key_id.empty() != account.secret_access_key.empty()) {
    reader.error(account.access_key_id.empty() ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                 "is required beside the other one of the pair");
  }
  if (account.access_key_id.empty() && account.web_identity_token_file.empty()) return std::nullopt;
  if (account.region.empty()) account.region = "us-east-1";
  return account;
}

std::vector<AllowedPlace> places(SettingReader& reader, std::string_view variable,
                                 const std::vector<std::string>& texts) {
  std::vector<AllowedPlace> allowed;
  for (std::string_view text : texts) {
    while (text.ends_with('/')) text.remove_suffix(1);
    const std::size_t slash = std::min(text.find('/'), text.size());
    AllowedPlace place{.container = std::string(text.substr(0, slash)), .prefix = {}};
    if (slash < text.size()) place.prefix = text.substr(slash + 1);
    if (place.container.empty()) {
      reader.error(variable, "must be a list of CONTAINER or CONTAINER/PREFIX");
    } else {
      allowed.push_back(std::move(place));
    }
  }
  return allowed;
}

}  // namespace

std::string_view to_text(AzureCredential credential) {
  return std::ranges::find(credential_words, credential, [](const auto& entry) { return entry.second; })->first;
}

std::optional<AzureCredential> azure_credential(std::string_view word) {
  const auto* const found = std::ranges::find(credential_words, word, [](const auto& entry) { return entry.first; });
  return found == credential_words.end() ? std::nullopt : std::optional(found->second);
}

std::string account_variable_prefix(std::string_view account) {
  return "BACKTEST_ADLS_ACCOUNT_" + upper_case(std::string(account)) + "_";
}

StorageSettings read_storage_settings(SettingReader& reader, std::vector<std::string> containers) {
  StorageSettings settings;
  read_main_account(reader, settings);
  read_further_accounts(reader, settings);
  settings.s3 = read_s3(reader);
  settings.proxy_environment = as_environment(reader, proxy_variables);
  settings.azure_read = places(reader, "BACKTEST_ADLS_CONTAINER_ALLOWLIST", containers);
  const std::vector<std::string> write = reader.list("BACKTEST_ADLS_WRITE_ALLOWLIST");
  settings.azure_write = places(reader, "BACKTEST_ADLS_WRITE_ALLOWLIST", write.empty() ? containers : write);
  const std::vector<std::string> buckets = reader.list("BACKTEST_S3_BUCKET_ALLOWLIST");
  const std::vector<std::string> write_buckets = reader.list("BACKTEST_S3_WRITE_ALLOWLIST");
  settings.s3_read = places(reader, "BACKTEST_S3_BUCKET_ALLOWLIST", buckets);
  settings.s3_write = places(reader, "BACKTEST_S3_WRITE_ALLOWLIST", write_buckets.empty() ? buckets : write_buckets);
  return settings;
}

}  // namespace backtest
