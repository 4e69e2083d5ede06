#include "edge/http/auth/provider_fetch.hpp"

#include <stdexcept>

#include "http_client/http_exchange.hpp"

namespace backtest {

std::string fetch_from_provider(const std::string& url, std::chrono::milliseconds time,
                                const std::atomic<bool>& cancelled) {
  HttpClient client({.connect = std::chrono::milliseconds(2'000), .total = time, .answer_bytes = 1 << 20});
  std::string body;
  const int status = client.exchange({.url = url, .cancelled = &cancelled}, [&](int, std::string_view bytes) {
    body += bytes;
    return true;
  });
  if (status != 200) throw std::runtime_error("the provider answered with status " + std::to_string(status));
  return body;
}

}  // namespace backtest
