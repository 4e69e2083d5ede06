#include "edge/http/auth/authenticator.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cmath>

#include "base/ascii_text.hpp"
#include "base/log.hpp"
#include "base/sha256.hpp"
#include "edge/http/auth/access_token.hpp"
#include "edge/http/message/request_rules.hpp"
#include "settings/setting_text.hpp"

namespace backtest {

namespace {

HttpError unauthenticated() {
  return HttpError(401, "unauthenticated", "authentication is required").with_header("WWW-Authenticate", "Bearer");
}

// Digests are compared, not keys: all have one length, so the time of the comparison tells nothing about the key.
bool same_secret(std::string_view a, std::string_view b) {
  const std::string digest_a = sha256_hex(a), digest_b = sha256_hex(b);
  return CRYPTO_memcmp(digest_a.data(), digest_b.data(), digest_a.size()) == 0;
}

std::optional<std::string_view> bearer_token(const HttpRequest& request) {
  if (request.header_count("Authorization") != 1) return std::nullopt;
  const std::string_view value = trimmed(*request.header("Authorization"));
  constexpr std::size_t scheme_size = 6;
  if (value.size() <= scheme_size || !equal_ignoring_case(value.substr(0, scheme_size), "Bearer")) return std::nullopt;
  if (value[scheme_size] != ' ') return std::nullopt;
  return trimmed(value.substr(scheme_size));
}

// Those of `required` that are not in `held`, sorted.
std::vector<std::string> missing(std::vector<std::string> required, const std::vector<std::string>& held) {
  std::erase_if(required, [&](const std::string& item) { return std::ranges::find(held, item) != held.end(); });
  std::ranges::sort(required);
  return required;
}

HttpError forbidden(const char* code, const char* what, const std::vector<std::string>& names) {
  std::string detail = std::string("the token lacks required ") + what + ":";
  for (const std::string& name : names) detail += " " + name;
  return HttpError(403, code, detail);
}

}  // namespace

std::optional<HttpError> Authenticator::check_local(const HttpRequest& request, Access access) const {
  if (settings_.allow_anonymous) return std::nullopt;
  if (!is_loopback_host(requested_authority(request).host)) {
    return HttpError(403, "host_not_allowed", "without authentication only a loopback host name is answered");
  }
  const auto origin = request.header("Origin");
  if (access != Access::write || !origin) return std::nullopt;
  const std::optional<Authority> site = parse_origin(*origin);
  if (!site || !is_loopback_host(site->host)) {
    return HttpError(403, "origin_not_allowed", "a page of another site cannot change anything here");
  }
  return std::nullopt;
}

Authenticator::Outcome Authenticator::authenticate(const HttpRequest& request, Access access, std::int64_t now_s,
                                                   bool has_waited) const {
  if (settings_.mode == AuthMode::none) {
    if (auto refused = check_local(request, access)) return std::move(*refused);
    return Principal{};
  }
  if (settings_.accepts_api_key() && request.header_count(settings_.api_key_header) == 1) {
    const std::string_view given = trimmed(*request.header(settings_.api_key_header));
    if (same_secret(given, api_key_.reveal())) return Principal{.subject = "api_key", .expires_at_s = {}};
  }
  // A wrong key beside a valid token passes (AUTH-3).
  if (settings_.accepts_oidc() && keys_ != nullptr) {
    if (const auto token = bearer_token(request)) return check_token(*token, access, now_s, has_waited);
  }
  return unauthenticated();
}

Authenticator::Outcome Authenticator::check_token(std::string_view text, Access access, std::int64_t now_s,
                                                  bool has_waited) const {
  const std::optional<AccessToken> token = parse_access_token(text);
  if (!token) return unauthenticated();
  // Claims first: a token that cannot pass anyway never causes a fetch of keys.
  if (const auto reason = claims_error(token->claims, settings_.oidc, now_s)) {
    log_info("token refused", {{"reason", *reason}});
    return unauthenticated();
  }
  const auto found = keys_->find(token->key_id);
  if (const auto* absence = std::get_if<KeyAbsence>(&found)) {
    if (*absence == KeyAbsence::refreshing && !has_waited) return KeysAwaited{};
    if (*absence == KeyAbsence::unknown) return unauthenticated();
    return HttpError(502, "identity_provider_unavailable", "the identity provider does not answer")
        .with_header("Retry-After", "5");
  }
  if (!std::get<0>(found)->verifies_rs256(token->signed_text, token->signature)) return unauthenticated();

  std::vector<std::string> scopes = settings_.oidc.required_scopes;
  const auto& more = access == Access::write ? settings_.oidc.write_scopes : settings_.oidc.read_scopes;
  scopes.insert(scopes.end(), more.begin(), more.end());
  if (const auto lacking = missing(scopes, token_scopes(token->claims)); !lacking.empty()) {
    return forbidden("missing_scope", "scopes", lacking);
  }
  if (const auto lacking = missing(settings_.oidc.required_roles, token_roles(token->claims)); !lacking.empty()) {
    return forbidden("missing_role", "roles", lacking);
  }
  const auto expires = std::floor(token->claims.at("exp").to_number<double>());
  return Principal{.subject = token_subject(token->claims),
                   .expires_at_s = static_cast<std::int64_t>(std::min(expires, 1e15))};
}

}  // namespace backtest
