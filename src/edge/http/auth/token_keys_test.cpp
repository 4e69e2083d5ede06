// A provider that takes connections and says nothing costs what its times say, and no stop waits for it.
#include "edge/http/auth/token_keys.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

namespace backtest {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

class SilentProvider {
 public:
  SilentProvider() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool listens = ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                         ::listen(socket_, 16) == 0 &&
                         ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    if (!listens) throw std::runtime_error("no loopback server");
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~SilentProvider() { ::close(socket_); }
  std::string url;

 private:
  int socket_;
};

KeyAbsence absence(TokenKeys& keys) {
  return std::get<KeyAbsence>(keys.find("any"));
}

TEST(TokenKeys, AHangingProviderCostsOneFetchTime) {
  const SilentProvider provider;
  OidcSettings settings;
  settings.issuer = provider.url;  // two documents: together they have the time of one refresh
  std::promise<void> refreshed;
  TokenKeys keys(settings, [&] { refreshed.set_value(); },
                 {.retry_interval = milliseconds(60'000), .fetch_time = milliseconds(300)});
  const auto begun = Clock::now();
  EXPECT_EQ(absence(keys), KeyAbsence::refreshing);
  refreshed.get_future().wait();
  EXPECT_LT(Clock::now() - begun, milliseconds(3'000));
  // Until the next try nobody waits.
  EXPECT_EQ(absence(keys), KeyAbsence::unavailable);
}

TEST(TokenKeys, AStopDoesNotWaitForTheProvider) {
  const SilentProvider provider;
  OidcSettings settings;
  settings.jwks_url = provider.url;
  auto keys = std::make_unique<TokenKeys>(settings, [] {}, TokenKeyTimes{.fetch_time = milliseconds(30'000)});
  EXPECT_EQ(absence(*keys), KeyAbsence::refreshing);
  const auto begun = Clock::now();
  keys.reset();
  EXPECT_LT(Clock::now() - begun, milliseconds(5'000));
}

}  // namespace
}  // namespace backtest
