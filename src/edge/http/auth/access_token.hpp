// A JSON Web Token (AUTH-4): RS256 only, signed by one of the provider's keys, for this service, not expired.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "edge/http/auth/rsa_key.hpp"
#include "settings/settings.hpp"

namespace backtest {

struct AccessToken {
  std::string key_id;  // empty without one
  json::object claims;
  std::string signed_text;
  std::string signature;
};

// The parts of a token, nothing verified yet; nullopt for text that is no RS256 token.
std::optional<AccessToken> parse_access_token(std::string_view text);

// What is wrong with the claims, for the log; nullopt when they hold at `now_s`.
std::optional<std::string> claims_error(const json::object& claims, const OidcSettings& settings, std::int64_t now_s);

// sub, else oid; empty where a token has neither.
std::string token_subject(const json::object& claims);
// Claims scp and scope, each text separated by blanks or a list.
std::vector<std::string> token_scopes(const json::object& claims);
std::vector<std::string> token_roles(const json::object& claims);

}  // namespace backtest
