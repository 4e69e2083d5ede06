// Keys of the store as the authenticator knows them (AUTH-9). A key is `bt_<id>_<secret>`; the id finds it, and a hash
// of the secret proves it. The secret has 256 random bits, so that one round of SHA-256 is as good as many.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/secret.hpp"
#include "edge/http/message/identity.hpp"

namespace backtest {

struct StoredKey {
  std::string name;
  std::string secret_sha256;
  Rights rights;
  std::optional<std::int64_t> expires_at_s;
};
// Of keys that are not revoked, by id.
using StoredKeys = std::unordered_map<std::string, StoredKey>;

struct KeyText {
  std::string_view key_id, secret;
};
// nullopt for what is no key of this form.
std::optional<KeyText> parse_key_text(std::string_view text);

struct NewKey {
  std::string key_id;
  Secret text;  // shown once, to whoever made it
  std::string secret_sha256;
};
NewKey make_key();

// "read,write" and the like; nullopt where a word is no scope, or there is none. An administrator may do everything.
std::optional<Rights> parse_scopes(std::string_view text);

}  // namespace backtest
