// How many requests and submissions a caller, and an address, may make in a minute (AUTH-12). A bucket fills evenly and
// holds a minute's worth, so that a burst after a pause passes. For one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "edge/http/message/http_message.hpp"
#include "edge/http/message/problem.hpp"
#include "settings/settings.hpp"

namespace backtest {

class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RateLimit(int per_minute) : per_minute_(per_minute) {}
  // Takes one of `who`; otherwise the seconds after which there is one again.
  std::optional<int> wait_s(const std::string& who, Time now);

 private:
  struct Bucket {
    double left = 0;
    Time filled_at{};
  };
  // Buckets that are full again say nothing and are forgotten, when there are many.
  void forget_full(Time now);

  static constexpr std::size_t many = 10'000;

  int per_minute_;  // 0: no limit
  std::unordered_map<std::string, Bucket> buckets_;
  std::size_t look_at_ = many;
};

class RequestRates {
 public:
  explicit RequestRates(const HttpLimits& limits)
      : requests_(limits.requests_per_minute),
        requests_of_address_(limits.requests_per_minute_per_address),
        submissions_(limits.submissions_per_minute),
        submissions_of_address_(limits.submissions_per_minute_per_address) {}

  // By where the request comes from, before anybody asks who sent it: 429 with Retry-After, or nullopt.
  std::optional<HttpError> refuse_address(const HttpRequest& request, bool is_submission, RateLimit::Time now);
  // By who sent it.
  std::optional<HttpError> refuse_caller(const HttpRequest& request, bool is_submission, RateLimit::Time now);

 private:
  RateLimit requests_, requests_of_address_, submissions_, submissions_of_address_;
};

}  // namespace backtest
