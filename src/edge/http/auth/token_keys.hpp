// The provider's signing keys (AUTH-5), fetched by a thread of their own: nobody who asks ever waits for the network.
//
// Keys live for ten minutes and are then refreshed in the background; for an hour they still count while the provider
// does not answer. A key id that is not known may cause a refresh, at most one in `least_interval`: callers without a
// valid token cannot make the service fetch more than that.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

#include "edge/http/auth/rsa_key.hpp"
#include "settings/settings.hpp"

namespace backtest {

struct TokenKeyTimes {
  std::chrono::milliseconds lifetime{600'000};
  std::chrono::milliseconds longest_age{3'600'000};
  std::chrono::milliseconds least_interval{30'000};
  std::chrono::milliseconds retry_interval{5'000};  // after a fetch that failed
  std::chrono::milliseconds fetch_time{10'000};     // of all documents of a refresh together
};

enum class KeyAbsence {
  unknown,      // the provider has no such key
  refreshing,   // a refresh is under way; `on_refreshed` tells its end
  unavailable,  // no keys, and the provider does not answer
};

class TokenKeys {
 public:
  // `on_refreshed` is called on the fetching thread after each refresh, successful or not.
  TokenKeys(const OidcSettings& settings, std::function<void()> on_refreshed, TokenKeyTimes times = {});
  ~TokenKeys();

  // An empty key id means the only key, if there is just one.
  std::variant<std::shared_ptr<const RsaKey>, KeyAbsence> find(std::string_view key_id);

 private:
  using KeyMap = std::map<std::string, std::shared_ptr<const RsaKey>, std::less<>>;
  using Clock = std::chrono::steady_clock;

  void fetch_when_asked();
  KeyMap fetch() const;
  bool request_refresh(Clock::time_point now);  // with mutex_ held

  const OidcSettings& settings_;
  const std::function<void()> on_refreshed_;
  const TokenKeyTimes times_;
  std::mutex mutex_;
  std::condition_variable wake_;
  KeyMap keys_;
  Clock::time_point fetched_at_{};
  Clock::time_point tried_at_{};
  bool ever_tried_ = false;
  bool last_failed_ = false;
  bool refreshing_ = false;
  bool stopping_ = false;
  std::atomic<bool> cancelled_ = false;  // a fetch under way ends
  std::thread thread_;
};

}  // namespace backtest
