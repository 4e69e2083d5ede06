// GET /config.js: what the web client needs to know (UI-3).
#include "base/ascii_text.hpp"
#include "base/json.hpp"
#include "edge/http/resource/resources.hpp"

namespace backtest {

namespace {

std::string without_issuer(const Settings& settings) {
  return settings.auth.accepts_api_key() ? "api_key" : "none";
}

std::string client_auth_mode(const Settings& settings) {
  const std::string word = lower_case(settings.ui.auth_mode);
  if (word == "none" || word == "noauth" || word == "disabled") return "none";
  if (word == "api_key" || word == "apikey" || word == "key") return "api_key";
  if (word == "oidc" || word == "jwt" || word == "bearer") return "oidc";
  return settings.auth.accepts_oidc() ? "oidc" : without_issuer(settings);
}

std::string authority(const Settings& settings) {
  if (!settings.ui.oidc_authority.empty()) return settings.ui.oidc_authority;
  std::string issuer = settings.auth.oidc.issuer;
  constexpr std::string_view version = "/v2.0";
  if (issuer.ends_with(version)) issuer.resize(issuer.size() - version.size());
  return issuer;
}

}  // namespace

HttpResponse get_client_config(ApiContext& context, const HttpRequest&) {
  const Settings& settings = context.settings;
  json::object config;
  config["backtestApiBaseUrl"] = settings.ui.api_base_url;
  std::string mode = client_auth_mode(settings);
  if (mode == "oidc" && (settings.ui.oidc_client_id.empty() || authority(settings).empty()))
    mode = without_issuer(settings);
  config["authMode"] = mode;
  config["apiKeyHeader"] = settings.auth.api_key_header;
  if (mode == "oidc") {
    config["oidcIssuer"] = settings.ui.oidc_authority.empty() ? settings.auth.oidc.issuer : settings.ui.oidc_authority;
    config["oidcClientId"] = settings.ui.oidc_client_id;
    config["oidcAuthority"] = authority(settings);
    config["oidcScopes"] = json::array(settings.ui.oidc_scopes.begin(), settings.ui.oidc_scopes.end());
  }
  HttpResponse response;
  response.set("Content-Type", "text/javascript; charset=utf-8");
  response.set("Cache-Control", "no-store");
  response.body = "window.__BACKTEST_UI_CONFIG__ = " + json_text(config) + ";\n";
  return response;
}

}  // namespace backtest
