#include "settings/http_settings.hpp"

#include <algorithm>

#include "base/ascii_text.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

// "/api" or "/team/backtest"; empty without one.
bool valid_prefix(std::string_view prefix) {
  if (!prefix.starts_with('/') || prefix.ends_with('/') || prefix.find("//") != std::string_view::npos) return false;
  return std::ranges::all_of(prefix, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '-' ||
           c == '_';
  });
}

bool is_resource(std::string_view prefix) {
  const std::string_view first = prefix.substr(1, prefix.find('/', 1) - 1);
  for (std::string_view taken :
       {"backtests", "datasets", "healthz", "readyz", "metrics", "whoami", "audit", "assets"}) {
    if (first == taken) return true;
  }
  return false;
}

// Exactly as a browser sends it: scheme, host, and the port where it is not the scheme's.
bool valid_origin(std::string_view origin) {
  const std::size_t scheme = origin.starts_with("https://") ? 8 : origin.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || origin.size() == scheme) return false;
  return std::ranges::all_of(origin.substr(scheme), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
}

void read_origins(SettingReader& reader, Settings& settings) {
  settings.cors_origins = reader.list("BACKTEST_CORS_ORIGINS");
  if (settings.cors_origins.empty()) return;
  if (!std::ranges::all_of(settings.cors_origins, valid_origin)) {
    reader.error("BACKTEST_CORS_ORIGINS",
                 "must be origins in lower case, as browsers send them (https://app.example.com), separated by commas; "
                 "there is no *");
  }
  if (settings.auth.mode == AuthMode::none) {
    reader.error("BACKTEST_CORS_ORIGINS",
                 "cannot be set without authentication: any visitor of these pages could then change everything");
  }
}

}  // namespace

void read_http_limits(SettingReader& reader, HttpLimits& limits) {
  const auto count = [&](std::string_view name, int fallback, int least) {
    return static_cast<int>(reader.integer(name, fallback, least, 100'000));
  };
  limits.body_bytes = static_cast<std::uint64_t>(
      reader.integer("BACKTEST_MAX_BODY_BYTES", static_cast<std::int64_t>(limits.body_bytes), 1024, 256 << 20));
  limits.connections = count("BACKTEST_MAX_CONNECTIONS", limits.connections, 1);
  limits.connections_per_address = count("BACKTEST_MAX_CONNECTIONS_PER_ADDRESS", limits.connections_per_address, 0);
  limits.requests_per_minute = count("BACKTEST_REQUESTS_PER_MINUTE", 0, 0);
  limits.requests_per_minute_per_address = count("BACKTEST_REQUESTS_PER_MINUTE_PER_ADDRESS", 0, 0);
  limits.submissions_per_minute = count("BACKTEST_SUBMISSIONS_PER_MINUTE", 0, 0);
  limits.submissions_per_minute_per_address = count("BACKTEST_SUBMISSIONS_PER_MINUTE_PER_ADDRESS", 0, 0);
  limits.streams = count("BACKTEST_MAX_STREAMS", limits.streams, 0);
  limits.memory_mb = reader.integer("BACKTEST_MEMORY_MB", limits.memory_mb, 256, 1'048'576);
}

void read_http_surface(SettingReader& reader, Settings& settings) {
  for (const std::string& text : reader.list("BACKTEST_TRUSTED_PROXIES")) {
    if (const auto range = parse_address_range(text)) {
      settings.trusted_proxies.push_back(*range);
    } else {
      reader.error("BACKTEST_TRUSTED_PROXIES",
                   "must be addresses or networks (10.0.0.7, 10.0.0.0/8, 2001:db8::/32) separated by commas");
    }
  }
  settings.api_prefix = reader.text("BACKTEST_API_PREFIX");
  if (!settings.api_prefix.empty() && (!valid_prefix(settings.api_prefix) || is_resource(settings.api_prefix))) {
    reader.error("BACKTEST_API_PREFIX",
                 "must be a path like /api: segments of letters, digits, - and _, no slash at its end, and none of the "
                 "service's own paths");
  }
  read_origins(reader, settings);
  settings.tls = {.certificate_file = reader.text("BACKTEST_TLS_CERTIFICATE_FILE"),
                  .key_file = reader.text("BACKTEST_TLS_KEY_FILE")};
  if (settings.tls.certificate_file.empty() != settings.tls.key_file.empty()) {
    reader.error(settings.tls.key_file.empty() ? "BACKTEST_TLS_KEY_FILE" : "BACKTEST_TLS_CERTIFICATE_FILE",
                 "is required: TLS takes a certificate and its key (BACKTEST_TLS_CERTIFICATE_FILE, "
                 "BACKTEST_TLS_KEY_FILE)");
  }
}

}  // namespace backtest
