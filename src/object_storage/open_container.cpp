#include "object_storage/open_container.hpp"

#include <algorithm>
#include <string>

#include "base/assertion.hpp"
#include "object_storage/remote_container.hpp"

namespace backtest {

namespace {

Secret plain(std::string text) {
  return Secret(std::move(text));
}

// object_store's words for them.
std::string credential_word(AzureCredential credential) {
  switch (credential) {
    case AzureCredential::account_key:
      return "access_key";
    case AzureCredential::sas:
      return "sas_token";
    case AzureCredential::client_secret:
      return "client_secret";
    case AzureCredential::workload_identity:
      return "workload_identity";
    case AzureCredential::managed_identity:
      return "managed_identity";
    case AzureCredential::azure_cli:
      return "azure_cli";
  }
  return {};
}

// Only what the credential takes, so that nothing else is at hand where it is used.
ContainerOptions options_of(const AzureAccount& account) {
  ContainerOptions options = {{"kind", plain("azure")},
                              {"account", plain(account.name)},
                              {"endpoint", plain(account.blob_endpoint)},
                              {"credential", plain(credential_word(account.credential))}};
  const AzureIdentity& identity = account.identity;
  switch (account.credential) {
    case AzureCredential::account_key:
      options.emplace_back("account_key", account.account_key);
      break;
    case AzureCredential::sas:
      options.emplace_back("sas", account.sas);
      break;
    case AzureCredential::client_secret:
      options.emplace_back("client_secret", identity.client_secret);
      break;
    case AzureCredential::workload_identity:
      options.emplace_back("federated_token_file", plain(identity.federated_token_file));
      break;
    case AzureCredential::managed_identity:
      options.emplace_back("identity_endpoint", plain(identity.identity_endpoint));
      options.emplace_back("identity_header", identity.identity_header);
      options.emplace_back("client_id", plain(identity.client_id));
      break;
    case AzureCredential::azure_cli:
      break;
  }
  if (account.credential == AzureCredential::client_secret ||
      account.credential == AzureCredential::workload_identity) {
    options.emplace_back("tenant_id", plain(identity.tenant_id));
    options.emplace_back("client_id", plain(identity.client_id));
    options.emplace_back("authority_host", plain(identity.authority_host));
  }
  return options;
}

ContainerOptions options_of(const S3Account& account) {
  return {{"kind", plain("s3")},
          {"region", plain(account.region)},
          {"endpoint", plain(account.endpoint)},
          {"path_style", plain(account.path_style ? "true" : "false")},
          {"access_key_id", account.access_key_id},
          {"secret_access_key", account.secret_access_key},
          {"session_token", account.session_token},
          {"web_identity_token_file", plain(account.web_identity_token_file)},
          {"role_arn", plain(account.role_arn)},
          {"role_session_name", plain(account.role_session_name)},
          {"sts_endpoint", plain(account.sts_endpoint)}};
}

ContainerOptions options_for(const StorageSettings& settings, const ObjectLocation& location,
                             const RequestLimits& limits) {
  ContainerOptions options;
  if (location.service == ObjectService::s3) {
    BACKTEST_ASSERT(settings.s3.has_value(), "a location is parsed by the settings it is opened with");
    options = options_of(*settings.s3);
  } else {
    const auto account = std::ranges::find(settings.azure, location.account, &AzureAccount::name);
    BACKTEST_ASSERT(account != settings.azure.end(), "a location is parsed by the settings it is opened with");
    options = options_of(*account);
  }
  options.emplace_back("container", plain(location.container));
  options.emplace_back("attempt_ms", plain(std::to_string(limits.attempt.count())));
  options.emplace_back("total_ms", plain(std::to_string(limits.total.count())));
  options.emplace_back("attempts", plain(std::to_string(limits.attempts)));
  return options;
}

}  // namespace

std::shared_ptr<ObjectContainer> open_container(const StorageSettings& settings, const ObjectLocation& location,
                                                std::string_view needed_by, const RequestLimits& limits) {
  return open_remote_container(location.container_address(), location.container,
                               options_for(settings, location, limits), needed_by);
}

void reopen_container(ObjectContainer& container, const StorageSettings& fresh, const ObjectLocation& location,
                      const RequestLimits& limits) {
  const bool is_known =
      location.service == ObjectService::s3
          ? fresh.s3.has_value()
          : std::ranges::find(fresh.azure, location.account, &AzureAccount::name) != fresh.azure.end();
  if (!is_known)
    throw StorageUnavailable(container.address() + ": the settings name another account; restart with them");
  reopen_remote_container(container, options_for(fresh, location, limits));
}

}  // namespace backtest
