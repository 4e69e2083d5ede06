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

// An event stream of a key that is revoked meanwhile ends by then.
constexpr std::int64_t longest_stream_s = 300;

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

HttpError administrator_needed() {
  return HttpError(403, "administrator_needed", "only an administrator may do this");
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
  if ((access != Access::write && access != Access::admin) || !origin) return std::nullopt;
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
    return Principal{.identity = {}, .rights = all_rights, .expires_at_s = {}};
  }
  if (settings_.accepts_stored_keys() && request.header_count(settings_.api_key_header) == 1) {
    const std::string_view given = trimmed(*request.header(settings_.api_key_header));
    if (!api_key_.empty() && same_secret(given, api_key_.reveal())) {
      return Principal{.identity = {.kind = IdentityKind::api_key, .issuer = {}, .subject = {}},
                       .rights = all_rights,
                       .expires_at_s = {}};
    }
    if (const auto key = parse_key_text(given)) {
      Outcome outcome = check_stored_key(*key, access, now_s);
      const auto* refused = std::get_if<HttpError>(&outcome);
      if (refused == nullptr || refused->status != 401) return outcome;
    }
  }
  // A wrong key beside a valid token passes (AUTH-3).
  if (settings_.accepts_oidc() && keys_ != nullptr) {
    if (const auto token = bearer_token(request)) return check_token(*token, access, now_s, has_waited);
  }
  return unauthenticated();
}

Authenticator::Outcome Authenticator::check_stored_key(const KeyText& key, Access access, std::int64_t now_s) const {
  if (!stored_keys_) {
    return HttpError(503, "keys_unavailable", "the keys are not read yet; try again").with_header("Retry-After", "1");
  }
  const auto found = stored_keys_->find(std::string(key.key_id));
  if (found == stored_keys_->end()) return unauthenticated();
  const StoredKey& stored = found->second;
  const std::string given = sha256_hex(key.secret);
  if (given.size() != stored.secret_sha256.size() ||
      CRYPTO_memcmp(given.data(), stored.secret_sha256.data(), given.size()) != 0 ||
      (stored.expires_at_s && now_s >= *stored.expires_at_s)) {
    return unauthenticated();
  }
  const auto lacking = [](const char* scope) {
    return HttpError(403, "missing_scope", std::string("the key lacks the scope ") + scope);
  };
  if (access == Access::read && !stored.rights.read) return lacking("read");
  if (access == Access::write && !stored.rights.write) return lacking("write");
  if (access == Access::admin && !stored.rights.admin) return administrator_needed();
  const std::int64_t stream_end_s = now_s + longest_stream_s;
  return Principal{.identity = {.kind = IdentityKind::key, .issuer = {}, .subject = stored.name},
                   .rights = stored.rights,
                   .expires_at_s = std::min(stored.expires_at_s.value_or(stream_end_s), stream_end_s)};
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

  return principal_of(token->claims, access);
}

Authenticator::Outcome Authenticator::principal_of(const json::object& claims, Access access) const {
  const OidcSettings& oidc = settings_.oidc;
  const std::vector<std::string> scopes = token_scopes(claims), roles = token_roles(claims);
  Rights rights;
  rights.admin = !(oidc.admin_scopes.empty() && oidc.admin_roles.empty()) &&
                 missing(oidc.admin_scopes, scopes).empty() && missing(oidc.admin_roles, roles).empty();
  rights.read = rights.admin || missing(oidc.read_scopes, scopes).empty();
  rights.write = rights.admin || missing(oidc.write_scopes, scopes).empty();
  std::vector<std::string> needed = oidc.required_scopes;
  const auto need = [&](bool held, const std::vector<std::string>& more) {
    if (!held) needed.insert(needed.end(), more.begin(), more.end());
  };
  if (access == Access::read) need(rights.read, oidc.read_scopes);
  if (access == Access::write) need(rights.write, oidc.write_scopes);
  if (const auto lacking = missing(needed, scopes); !lacking.empty()) {
    return forbidden("missing_scope", "scopes", lacking);
  }
  if (const auto lacking = missing(oidc.required_roles, roles); !lacking.empty()) {
    return forbidden("missing_role", "roles", lacking);
  }
  if (access == Access::admin && !rights.admin) {
    return administrator_needed();
  }
  const auto expires = std::floor(claims.at("exp").to_number<double>());
  return Principal{.identity = {.kind = IdentityKind::oidc, .issuer = oidc.issuer, .subject = token_subject(claims)},
                   .rights = rights,
                   .expires_at_s = static_cast<std::int64_t>(std::min(expires, 1e15))};
}

}  // namespace backtest
