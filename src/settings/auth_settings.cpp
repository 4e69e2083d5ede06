#include "settings/auth_settings.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <stdexcept>

#include "base/ascii_text.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

std::optional<AuthMode> parse_auth_mode(std::string_view text) {
  const std::string word = lower_case(text);
  struct Alias {
    std::string_view word;
    AuthMode mode;
  };
  static constexpr std::array<Alias, 12> aliases = {{
      {"none", AuthMode::none},
      {"noauth", AuthMode::none},
      {"disabled", AuthMode::none},
      {"api_key", AuthMode::api_key},
      {"apikey", AuthMode::api_key},
      {"key", AuthMode::api_key},
      {"oidc", AuthMode::oidc},
      {"jwt", AuthMode::oidc},
      {"bearer", AuthMode::oidc},
      {"api_key_or_oidc", AuthMode::api_key_or_oidc},
      {"apikey_or_oidc", AuthMode::api_key_or_oidc},
      {"key_or_oidc", AuthMode::api_key_or_oidc},
  }};
  for (const Alias& alias : aliases) {
    if (word == alias.word) return alias.mode;
  }
  return std::nullopt;
}

OidcSettings read_oidc(SettingReader& reader) {
  OidcSettings oidc;
  oidc.issuer = reader.text("BACKTEST_OIDC_ISSUER");
  oidc.audiences = reader.list("BACKTEST_OIDC_AUDIENCE");
  oidc.jwks_url = reader.text("BACKTEST_OIDC_JWKS_URL");
  oidc.required_scopes = reader.list("BACKTEST_OIDC_REQUIRED_SCOPES");
  oidc.read_scopes = reader.list("BACKTEST_OIDC_READ_SCOPES");
  oidc.write_scopes = reader.list("BACKTEST_OIDC_WRITE_SCOPES");
  oidc.required_roles = reader.list("BACKTEST_OIDC_REQUIRED_ROLES");
  oidc.admin_scopes = reader.list("BACKTEST_OIDC_ADMIN_SCOPES");
  oidc.admin_roles = reader.list("BACKTEST_OIDC_ADMIN_ROLES");
  constexpr std::string_view url_rule =
      "must be an https:// URL (http:// only on a loopback host) without user information";
  if (!oidc.issuer.empty() && !valid_provider_url(oidc.issuer)) {
    reader.error("BACKTEST_OIDC_ISSUER", std::string(url_rule));
    oidc.issuer.clear();
  }
  if (oidc.issuer.find('#') != std::string::npos) reader.error("BACKTEST_OIDC_ISSUER", "must have no #");
  if (!oidc.jwks_url.empty() && !valid_provider_url(oidc.jwks_url)) {
    reader.error("BACKTEST_OIDC_JWKS_URL", std::string(url_rule));
  }
  return oidc;
}

RunAccess read_access(SettingReader& reader, AuthMode mode) {
  const std::string word = lower_case(reader.text("BACKTEST_ACCESS", "shared"));
  if (word == "shared") return RunAccess::shared;
  if (word != "own") {
    reader.error("BACKTEST_ACCESS", "must be shared or own");
  } else if (mode == AuthMode::none) {
    reader.error("BACKTEST_ACCESS", "cannot be own without authentication: all callers are one and the same");
  }
  return RunAccess::own;
}

AuthMode derived_mode(const AuthSettings& auth) {
  const bool oidc = !auth.oidc.issuer.empty() && !auth.oidc.audiences.empty();
  if (oidc) return auth.api_key.empty() ? AuthMode::oidc : AuthMode::api_key_or_oidc;
  return auth.api_key.empty() ? AuthMode::none : AuthMode::api_key;
}

// Who names an issuer or an audience means to take tokens. Without a key, too, the half of it would be no
// authentication.
void check_derived_mode(SettingReader& reader, const AuthSettings& auth) {
  if (auth.mode != AuthMode::none) return;
  const auto require = [&](const char* missing, const char* given) {
    reader.error(missing,
                 std::string("is required beside ") + given + " where neither key nor BACKTEST_AUTH_MODE is set");
  };
  if (auth.oidc.issuer.empty() && !auth.oidc.audiences.empty())
    require("BACKTEST_OIDC_ISSUER", "BACKTEST_OIDC_AUDIENCE");
  if (!auth.oidc.issuer.empty() && auth.oidc.audiences.empty())
    require("BACKTEST_OIDC_AUDIENCE", "BACKTEST_OIDC_ISSUER");
}

void check_mode(SettingReader& reader, const AuthSettings& auth, const Endpoint& listen, bool mode_given) {
  const std::size_t errors_before = reader.errors().size();
  if (auth.mode == AuthMode::api_key && auth.api_key.empty()) {
    reader.error("BACKTEST_API_KEY", "is required when BACKTEST_AUTH_MODE is api_key");
  }
  if (auth.accepts_oidc()) {
    const std::string reason = "is required when BACKTEST_AUTH_MODE is " + std::string(to_text(auth.mode));
    if (auth.oidc.issuer.empty()) reader.error("BACKTEST_OIDC_ISSUER", reason);
    if (auth.oidc.audiences.empty()) reader.error("BACKTEST_OIDC_AUDIENCE", reason);
  }
  const bool exposed = auth.mode == AuthMode::none && !listen.is_loopback() && !auth.allow_anonymous;
  if (!exposed || reader.errors().size() != errors_before) return;
  if (mode_given) {
    reader.error("BACKTEST_ALLOW_ANONYMOUS",
                 "must be true to serve without authentication on an address that is not loopback");
  } else {
    reader.error("BACKTEST_AUTH_MODE",
                 "is required when BACKTEST_LISTEN is not a loopback address: api_key, oidc, api_key_or_oidc, "
                 "or none together with BACKTEST_ALLOW_ANONYMOUS=true");
  }
}

}  // namespace

std::string_view to_text(AuthMode mode) {
  constexpr std::array<std::string_view, 4> words = {"none", "api_key", "oidc", "api_key_or_oidc"};
  return words[static_cast<std::size_t>(mode)];
}

std::string_view to_text(RunAccess access) {
  return access == RunAccess::own ? "own" : "shared";
}

Secret read_key_file(const std::string& path) {
  constexpr std::size_t longest = 4096;
  std::ifstream file(path, std::ios::binary);
  std::string text(longest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  if (file.bad() || (text.empty() && !file.eof())) throw std::runtime_error("the file cannot be read");
  const std::string_view key = trimmed(text);
  if (key.empty() || text.size() > longest || !valid_header_value(key)) {
    throw std::runtime_error("the file must hold one line of printable ASCII, at most 4096 bytes");
  }
  return Secret(std::string(key));
}

AuthSettings read_auth_settings(SettingReader& reader, const std::optional<Endpoint>& listen) {
  AuthSettings auth;
  auth.api_key = Secret(reader.text("BACKTEST_API_KEY"));
  if (!valid_header_value(auth.api_key.reveal())) reader.error("BACKTEST_API_KEY", "must be printable ASCII");
  auth.api_key_file = reader.text("BACKTEST_API_KEY_FILE");
  if (!auth.api_key_file.empty() && !auth.api_key.empty()) {
    reader.error("BACKTEST_API_KEY_FILE", "cannot be given beside BACKTEST_API_KEY");
  } else if (!auth.api_key_file.empty()) {
    try {
      auth.api_key = read_key_file(auth.api_key_file);
    } catch (const std::runtime_error& error) {
      reader.error("BACKTEST_API_KEY_FILE", error.what());
    }
  }
  auth.api_key_header = reader.text("BACKTEST_API_KEY_HEADER", "X-API-Key");
  auth.allow_anonymous = reader.flag("BACKTEST_ALLOW_ANONYMOUS", false);
  if (!valid_header_name(auth.api_key_header)) {
    reader.error("BACKTEST_API_KEY_HEADER", "must be the name of an HTTP header: letters, digits and -");
    auth.api_key_header = "X-API-Key";
  }
  auth.oidc = read_oidc(reader);
  const std::string word = reader.text("BACKTEST_AUTH_MODE");
  const std::optional<AuthMode> mode = word.empty() ? derived_mode(auth) : parse_auth_mode(word);
  if (!mode) {
    reader.error("BACKTEST_AUTH_MODE", "must be none, api_key, oidc or api_key_or_oidc");
    return auth;
  }
  auth.mode = *mode;
  if (listen && word.empty()) check_derived_mode(reader, auth);
  if (listen) check_mode(reader, auth, *listen, !word.empty() || auth.mode != AuthMode::none);
  auth.access = read_access(reader, auth.mode);
  return auth;
}

}  // namespace backtest
