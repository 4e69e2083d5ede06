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

void TearsheetLinks::use(const Secret& api_key) {
  const std::lock_guard lock(mutex_);
  secret_ = api_key.empty() ? secret_of_process() : api_key;
}

std::string TearsheetLinks::code(std::string_view run_id, std::string_view result,
                                 std::string_view expires_at_s) const {
  std::string text = "tearsheet\n";
  text.append(expires_at_s).append("\n").append(result).append("\n").append(run_id);
  const std::lock_guard lock(mutex_);
  return base64url_encoded(hmac_sha256(secret_, text));
}

std::string TearsheetLinks::ticket(std::string_view run_id, std::string_view result, std::int64_t expires_at_s) const {
  const std::string time = std::to_string(expires_at_s);
  return time + "." + std::string(result) + "." + code(run_id, result, time);
}

std::optional<std::string_view> TearsheetLinks::result_of(std::string_view run_id, std::string_view ticket,
                                                          std::int64_t now_s) const {
  const std::size_t first = ticket.find('.'), last = ticket.rfind('.');
  if (first == last) return std::nullopt;  // none at all, too
  const std::string_view time = ticket.substr(0, first), result = ticket.substr(first + 1, last - first - 1);
  const std::string_view given = ticket.substr(last + 1);
  const std::string wanted = code(run_id, result, time);
  // Compared in constant time, and before the time is read: what is not ours says nothing.
  if (given.size() != wanted.size() || CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) != 0) {
    return std::nullopt;
  }
  const double left_s = parse_number(time).value_or(0.0) - static_cast<double>(now_s);
  if (!(left_s > 0.0) || left_s > tearsheet_link_seconds + most_clock_difference_seconds) return std::nullopt;
  return result;
}

}  // namespace backtest
