#include "edge/http/resource/tearsheet_link.hpp"

#include <openssl/crypto.h>

#include "base/hmac_sha256.hpp"
#include "base/number_text.hpp"
#include "base/random_id.hpp"
#include "edge/http/message/base64url.hpp"

namespace backtest {

namespace {

// Of the whole process, so that each request finds the same.
const Secret& secret_of_process() {
  static const Secret secret(random_hex(64));
  return secret;
}

}  // namespace

TearsheetLinks::TearsheetLinks(const Secret& api_key) : secret_(api_key.empty() ? secret_of_process() : api_key) {}

std::string TearsheetLinks::code(std::string_view run_id, std::string_view expires_at_s) const {
  std::string text = "tearsheet\n";
  text.append(expires_at_s).append("\n").append(run_id);
  return base64url_encoded(hmac_sha256(secret_, text));
}

std::string TearsheetLinks::ticket(std::string_view run_id, std::int64_t expires_at_s) const {
  const std::string time = std::to_string(expires_at_s);
  return time + "." + code(run_id, time);
}

bool TearsheetLinks::accepts(std::string_view run_id, std::string_view ticket, std::int64_t now_s) const {
  const std::size_t dot = ticket.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view time = ticket.substr(0, dot), given = ticket.substr(dot + 1);
  const std::string wanted = code(run_id, time);
  // Compared in constant time, and before the time is read: what is not ours says nothing.
  if (given.size() != wanted.size() || CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) != 0) return false;
  return parse_number(time).value_or(0.0) > static_cast<double>(now_s);
}

}  // namespace backtest
