#include "settings/object_location.hpp"

#include <algorithm>
#include <span>

#include "base/ascii_text.hpp"

namespace backtest {

namespace {

constexpr std::string_view forms =
    "must be container/path, abfss://container@account.dfs.core.windows.net/path, "
    "https://account.blob.core.windows.net/container/path or s3://bucket/path";

bool valid_name(std::string_view name, std::string_view others) {
  if (name.size() < 3 || name.size() > 63 || others.contains(name.front()) || others.contains(name.back()))
    return false;
  return std::ranges::all_of(
      name, [&](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.contains(c); });
}

// '?' and '#' would begin a query or a fragment where a URL is made of the path.
bool valid_path(std::string_view path) {
  if (path.empty()) return false;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    if (segment.empty() || segment == "." || segment == "..") return false;
    begin = end + 1;
  }
  return std::ranges::none_of(path, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || std::string_view("\\?#").contains(c);
  });
}

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t at = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

// The account of a host such as account.dfs.core.windows.net; a bare account is one too.
std::string_view account_of_host(std::string_view host) {
  return host.substr(0, host.find('.'));
}

// Whether the host is the account's own: its endpoint's, with dfs for blob. A host elsewhere is no account of ours.
bool is_host_of(std::string_view host, const AzureAccount& account) {
  if (host == account.name) return true;
  std::string own = account.blob_endpoint.substr(account.blob_endpoint.find("://") + 3);
  own = own.substr(0, own.find('/'));
  if (host == own) return true;
  const std::size_t blob = own.find(".blob.");
  if (blob != std::string::npos && host == own.substr(0, blob) + ".dfs." + own.substr(blob + 6)) return true;
  // An account at an address of its own, such as an emulator's, is still called by its usual host.
  return host == account.name + ".dfs.core.windows.net" || host == account.name + ".blob.core.windows.net";
}

struct LocationParts {
  std::string_view host;  // empty: the configured account
  std::string_view container;
  std::string_view path;
};

std::optional<LocationParts> azure_parts(std::string_view text) {
  LocationParts parts;
  for (const std::string_view scheme : {"abfss://", "abfs://", "wasbs://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    parts.host = take_until(text, '/');
    parts.container = take_until(parts.host, '@');
    parts.path = text;
    return parts.host.empty() ? std::nullopt : std::optional(parts);
  }
  for (const std::string_view scheme : {"https://", "az://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    parts.host = take_until(text, '/');
    parts.container = take_until(text, '/');
    parts.path = text;
    return parts.host.empty() ? std::nullopt : std::optional(parts);
  }
  if (text.contains("://")) return std::nullopt;
  parts.container = trimmed(take_until(text, '/'));
  parts.path = text;
  return parts;
}

std::string_view without_outer_slashes(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::expected<ObjectLocation, std::string> parse_s3(std::string_view text, const StorageSettings& settings) {
  ObjectLocation location{.service = ObjectService::s3, .account = {}, .container = {}, .path = {}};
  location.container = take_until(text, '/');
  location.path = without_outer_slashes(text);
  if (!valid_name(location.container, "-.") || !valid_path(location.path)) return std::unexpected(std::string(forms));
  if (!settings.s3) {
    return std::unexpected("is in S3, for which no credentials are configured (AWS_ACCESS_KEY_ID and others)");
  }
  return location;
}

std::optional<std::string> refusal(const ObjectLocation& location, std::span<const AllowedPlace> allowed,
                                   std::string_view variable) {
  std::string names;
  for (const AllowedPlace& place : allowed) {
    if (place.container == location.container &&
        (place.prefix.empty() || location.path == place.prefix || location.path.starts_with(place.prefix + "/"))) {
      return std::nullopt;
    }
    names += (names.empty() ? "" : ", ") + place.container + (place.prefix.empty() ? "" : "/" + place.prefix);
  }
  return "is not in a place that " + std::string(variable) + " allows: " + (names.empty() ? "none" : names);
}

}  // namespace

std::string ObjectLocation::container_address() const {
  return service == ObjectService::s3 ? "s3://" + container : "az://" + account + "/" + container;
}

bool names_object_storage(std::string_view text) {
  text = trimmed(text);
  return std::ranges::any_of(
      std::to_array<std::string_view>({"abfss://", "abfs://", "wasbs://", "https://", "az://", "s3://", "s3a://"}),
      [&](std::string_view scheme) { return text.starts_with(scheme); });
}

std::expected<ObjectLocation, std::string> parse_object_location(std::string_view text,
                                                                 const StorageSettings& settings) {
  text = trimmed(text);
  for (const std::string_view scheme : {"s3://", "s3a://"}) {
    if (text.starts_with(scheme)) return parse_s3(text.substr(scheme.size()), settings);
  }
  const std::optional<LocationParts> parts = azure_parts(text);
  if (!parts) return std::unexpected(std::string(forms));
  ObjectLocation location;
  location.container = parts->container;
  location.path = without_outer_slashes(parts->path);
  if (!valid_name(location.container, "-") || !valid_path(location.path)) return std::unexpected(std::string(forms));
  if (settings.azure.empty()) {
    return std::unexpected(
        "is in Azure storage, for which no account is configured (AZURE_STORAGE_ACCOUNT_NAME or "
        "AZURE_STORAGE_CONNECTION_STRING)");
  }
  if (parts->host.empty()) {
    location.account = settings.azure.front().name;
    return location;
  }
  for (const AzureAccount& account : settings.azure) {
    if (!is_host_of(parts->host, account)) continue;
    location.account = account.name;
    return location;
  }
  return std::unexpected("is in the account " + std::string(account_of_host(parts->host)) + " (" +
                         std::string(parts->host) + "), which is neither the configured one (" +
                         settings.azure.front().name + ") nor in BACKTEST_ADLS_ALLOWED_ACCOUNTS");
}

std::optional<std::string> refusal_to_read(const ObjectLocation& location, const StorageSettings& settings) {
  return location.service == ObjectService::s3
             ? refusal(location, settings.s3_read, "BACKTEST_S3_BUCKET_ALLOWLIST")
             : refusal(location, settings.azure_read, "BACKTEST_ADLS_CONTAINER_ALLOWLIST");
}

std::optional<std::string> refusal_to_write(const ObjectLocation& location, const StorageSettings& settings) {
  return location.service == ObjectService::s3
             ? refusal(location, settings.s3_write, "BACKTEST_S3_WRITE_ALLOWLIST")
             : refusal(location, settings.azure_write, "BACKTEST_ADLS_WRITE_ALLOWLIST");
}

}  // namespace backtest
