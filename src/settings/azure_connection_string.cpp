#include "settings/azure_connection_string.hpp"

#include <algorithm>
#include <map>

#include "base/ascii_text.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

// Of every emulator, published with it.
constexpr std::string_view development_account = "devstoreaccount1";
constexpr std::string_view development_key =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
constexpr std::string_view development_endpoint = "http://127.0.0.1:10000/devstoreaccount1";

using NamedParts = std::map<std::string, std::string, std::less<>>;

std::expected<NamedParts, std::string> split(std::string_view text) {
  NamedParts parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(';'), text.size());
    const std::string_view part = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return std::unexpected("must be parts NAME=value with ; between them");
    parts[lower_case(part.substr(0, equals))] = trimmed(part.substr(equals + 1));
  }
  return parts;
}

std::string part_of(const NamedParts& parts, std::string_view name) {
  const auto found = parts.find(name);
  return found == parts.end() ? std::string() : found->second;
}

std::string without_last_slash(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

}  // namespace

bool valid_azure_account(std::string_view name) {
  return name.size() >= 3 && name.size() <= 24 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

std::string account_of_endpoint(std::string_view endpoint) {
  const std::size_t scheme = endpoint.find("://");
  if (scheme == std::string_view::npos) return {};
  endpoint.remove_prefix(scheme + 3);
  const std::size_t slash = std::min(endpoint.find('/'), endpoint.size());
  if (slash + 1 < endpoint.size()) return std::string(endpoint.substr(slash + 1));
  return std::string(endpoint.substr(0, std::min(endpoint.find('.'), slash)));
}

std::expected<AzureConnectionString, std::string> parse_azure_connection_string(std::string_view text) {
  const std::expected<NamedParts, std::string> split_parts = split(text);
  if (!split_parts) return std::unexpected(split_parts.error());
  const NamedParts& parts = *split_parts;
  if (lower_case(part_of(parts, "usedevelopmentstorage")) == "true") {
    return AzureConnectionString{.account = std::string(development_account),
                                 .blob_endpoint = std::string(development_endpoint),
                                 .account_key = Secret(std::string(development_key)),
                                 .sas = {}};
  }
  AzureConnectionString result;
  result.account = part_of(parts, "accountname");
  result.blob_endpoint = without_last_slash(part_of(parts, "blobendpoint"));
  result.account_key = Secret(part_of(parts, "accountkey"));
  result.sas = Secret(part_of(parts, "sharedaccesssignature"));
  if (result.account.empty()) result.account = account_of_endpoint(result.blob_endpoint);
  if (!valid_azure_account(result.account)) {
    return std::unexpected("must name an account: AccountName, or BlobEndpoint with it");
  }
  if (result.blob_endpoint.empty()) {
    const std::string scheme = part_of(parts, "defaultendpointsprotocol");
    const std::string suffix = part_of(parts, "endpointsuffix");
    result.blob_endpoint = (scheme.empty() ? "https" : scheme) + "://" + result.account + ".blob." +
                           (suffix.empty() ? "core.windows.net" : suffix);
  }
  if (!valid_provider_url(result.blob_endpoint)) {
    return std::unexpected("must have an https BlobEndpoint (http only on a loopback host)");
  }
  if (result.account_key.empty() == result.sas.empty()) {
    return std::unexpected("must have one of AccountKey and SharedAccessSignature");
  }
  return result;
}

}  // namespace backtest
