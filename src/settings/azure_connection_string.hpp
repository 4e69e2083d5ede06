// AccountName=...;AccountKey=...;BlobEndpoint=...: what the portal of Azure shows and Azurite prints.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/secret.hpp"

namespace backtest {

struct AzureConnectionString {
  std::string account;
  std::string blob_endpoint;  // without a slash at its end
  Secret account_key;         // one of these two
  Secret sas;
};

// Knows AccountName, AccountKey, SharedAccessSignature, BlobEndpoint, EndpointSuffix, DefaultEndpointsProtocol and
// UseDevelopmentStorage; others are left alone. The error says which part is wrong and repeats no value.
std::expected<AzureConnectionString, std::string> parse_azure_connection_string(std::string_view text);

// 3 to 24 of a-z and 0-9.
bool valid_azure_account(std::string_view name);
// The first label of the endpoint's host, or the path where the host is an address, as at Azurite.
std::string account_of_endpoint(std::string_view endpoint);

}  // namespace backtest
