// Who is calling (AUTH-1..6): an API key, a token of the OIDC provider, or nobody where that is allowed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "base/json.hpp"
#include "edge/http/auth/access.hpp"
#include "edge/http/auth/stored_key.hpp"
#include "edge/http/auth/token_keys.hpp"
#include "edge/http/message/http_message.hpp"
#include "edge/http/message/problem.hpp"
#include "settings/settings.hpp"

namespace backtest {

// The token's key is not here, and a refresh of the keys is under way: ask again when it has ended.
struct KeysAwaited {};

class Authenticator {
 public:
  Authenticator(const AuthSettings& settings, TokenKeys* keys)
      : settings_(settings), api_key_(settings.api_key), keys_(keys) {}

  // From the next request on.
  void use_api_key(Secret key) { api_key_ = std::move(key); }

  // Likewise. Until the first call nobody knows the store's keys: they are answered with 503.
  void use_stored_keys(std::shared_ptr<const StoredKeys> keys) { stored_keys_ = std::move(keys); }

  using Outcome = std::variant<Principal, HttpError, KeysAwaited>;
  // Never blocks. `has_waited`: a refresh has ended since the first try; the answer is then final.
  Outcome authenticate(const HttpRequest& request, Access access, std::int64_t now_s, bool has_waited) const;

 private:
  Outcome check_token(std::string_view token, Access access, std::int64_t now_s, bool has_waited) const;
  Outcome check_stored_key(const KeyText& key, Access access, std::int64_t now_s) const;
  // Of a token that is sound: what it may do, or what it lacks for `access`.
  Outcome principal_of(const json::object& claims, Access access) const;
  // Without authentication only loopback names are answered: else a web page could reach the service by
  // letting its own host name resolve to 127.0.0.1.
  std::optional<HttpError> check_local(const HttpRequest& request, Access access) const;

  const AuthSettings& settings_;
  Secret api_key_;
  TokenKeys* keys_;  // null without OIDC
  std::shared_ptr<const StoredKeys> stored_keys_;
};

}  // namespace backtest
