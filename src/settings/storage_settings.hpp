// Which accounts of object storage there are, how each is opened, and what of it may be read and written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"

namespace backtest {

enum class AzureCredential { account_key, sas, client_secret, workload_identity, managed_identity, azure_cli };
// The words of BACKTEST_AZURE_CREDENTIAL.
std::string_view to_text(AzureCredential credential);
std::optional<AzureCredential> azure_credential(std::string_view word);

// What a token of Microsoft Entra is asked for with; each credential needs its own few.
struct AzureIdentity {
  std::string tenant_id;
  std::string client_id;
  Secret client_secret;
  std::string federated_token_file;
  std::string authority_host;
  std::string identity_endpoint;  // of App Service and Container Apps; empty = the link-local one of machines
  Secret identity_header;
  // NAME=value: where Azure's command line is found, and where it keeps its login.
  std::vector<std::string> cli_environment;
};

struct AzureAccount {
  std::string name;
  std::string blob_endpoint;  // without a slash at its end
  AzureCredential credential = AzureCredential::managed_identity;
  Secret account_key;
  Secret sas;
  AzureIdentity identity;
};

struct S3Account {
  std::string region;
  std::string endpoint;  // empty = Amazon's of the region
  bool path_style = false;
  Secret access_key_id;
  Secret secret_access_key;
  Secret session_token;
  std::string web_identity_token_file;
  std::string role_arn;
  std::string role_session_name;
  std::string sts_endpoint;
};

// `container` or `container/prefix`; a prefix ends at a '/' of the names it allows.
struct AllowedPlace {
  std::string container;
  std::string prefix;  // without outer slashes; empty = all of the container

  friend bool operator==(const AllowedPlace&, const AllowedPlace&) = default;
};

struct StorageSettings {
  // The configured account first, then those of BACKTEST_ADLS_ALLOWED_ACCOUNTS; empty without any.
  std::vector<AzureAccount> azure;
  std::optional<S3Account> s3;
  std::vector<AllowedPlace> azure_read;  // of every account
  std::vector<AllowedPlace> azure_write;
  std::vector<AllowedPlace> s3_read;
  std::vector<AllowedPlace> s3_write;
  std::vector<std::string> proxy_environment;  // NAME=value, which the client reads itself

  bool has_account() const { return !azure.empty() || s3.has_value(); }
};

}  // namespace backtest
