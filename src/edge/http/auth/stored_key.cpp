#include "edge/http/auth/stored_key.hpp"

#include <algorithm>

#include "base/ascii_text.hpp"
#include "base/hex_text.hpp"
#include "base/random_id.hpp"
#include "base/sha256.hpp"

namespace backtest {

namespace {

constexpr std::string_view start = "bt_";
constexpr std::size_t id_digits = 16;
constexpr std::size_t secret_digits = 64;

}  // namespace

std::optional<KeyText> parse_key_text(std::string_view text) {
  if (!text.starts_with(start) || text.size() != start.size() + id_digits + 1 + secret_digits) return std::nullopt;
  const KeyText key{text.substr(start.size(), id_digits), text.substr(start.size() + id_digits + 1)};
  if (text[start.size() + id_digits] != '_' || !is_hex_text(key.key_id) || !is_hex_text(key.secret))
    return std::nullopt;
  return key;
}

NewKey make_key() {
  const std::string key_id = random_hex(id_digits), secret = random_hex(secret_digits);
  return {.key_id = key_id,
          .text = Secret(std::string(start) + key_id + "_" + secret),
          .secret_sha256 = sha256_hex(secret)};
}

std::optional<Rights> parse_scopes(std::string_view text) {
  Rights rights;
  for (const std::string& word : comma_list(text)) {
    if (word == "read") {
      rights.read = true;
    } else if (word == "write") {
      rights.write = true;
    } else if (word == "admin") {
      rights = all_rights;
    } else {
      return std::nullopt;
    }
  }
  if (rights == Rights{}) return std::nullopt;
  return rights;
}

}  // namespace backtest
