#include "settings/needed_storage.hpp"

#include <algorithm>

namespace backtest {

namespace {

AzureIdentity only_used(const AzureIdentity& identity, AzureCredential credential) {
  AzureIdentity used;
  switch (credential) {
    case AzureCredential::account_key:
    case AzureCredential::sas:
      return used;
    case AzureCredential::managed_identity:
      used.identity_endpoint = identity.identity_endpoint;
      used.identity_header = identity.identity_header;
      used.client_id = identity.client_id;
      return used;
    case AzureCredential::azure_cli:
      used.cli_environment = identity.cli_environment;
      return used;
    case AzureCredential::client_secret:
      used.client_secret = identity.client_secret;
      break;
    case AzureCredential::workload_identity:
      used.federated_token_file = identity.federated_token_file;
      break;
  }
  used.tenant_id = identity.tenant_id;
  used.client_id = identity.client_id;
  used.authority_host = identity.authority_host;
  return used;
}

AzureAccount only_used(const AzureAccount& account) {
  AzureAccount used;
  used.name = account.name;
  used.blob_endpoint = account.blob_endpoint;
  used.credential = account.credential;
  if (account.credential == AzureCredential::account_key) used.account_key = account.account_key;
  if (account.credential == AzureCredential::sas) used.sas = account.sas;
  used.identity = only_used(account.identity, account.credential);
  return used;
}

}  // namespace

StorageSettings needed_storage(const StorageSettings& settings, std::span<const ObjectLocation> places) {
  StorageSettings needed;
  const auto is_in = [&](ObjectService service, const std::string& account) {
    return std::ranges::any_of(
        places, [&](const ObjectLocation& place) { return place.service == service && place.account == account; });
  };
  // In their order: a place without an account is in the first.
  for (const AzureAccount& account : settings.azure) {
    if (is_in(ObjectService::azure, account.name)) needed.azure.push_back(only_used(account));
  }
  if (is_in(ObjectService::s3, "")) needed.s3 = settings.s3;
  if (!needed.azure.empty()) needed.azure_read = settings.azure_read;
  if (needed.s3) needed.s3_read = settings.s3_read;
  if (needed.has_account()) needed.proxy_environment = settings.proxy_environment;
  return needed;
}

}  // namespace backtest
