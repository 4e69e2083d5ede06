// When a worker renews its leases and when it must stop believing in them. Pure: times are the worker's monotonic
// clock.
//
// The store's clock started the lease no earlier than the worker asked for it, so a worker that counts from the moment
// before its last good call stops before the store lets anybody else in. The margin covers clock rates and the time
// that a kill takes.
#pragma once

#include <algorithm>
#include <chrono>

namespace backtest {

using MonotonicTime = std::chrono::steady_clock::time_point;

struct LeasePolicy {
  std::chrono::milliseconds duration{30'000};

  std::chrono::milliseconds renew_every() const { return duration / 3; }
  std::chrono::milliseconds margin() const { return std::min(duration / 5, std::chrono::milliseconds(3'000)); }

  // `asked_at` is when the last good claim or renewal was sent, not when its answer came.
  bool is_fenced(MonotonicTime asked_at, MonotonicTime now) const { return now - asked_at >= duration - margin(); }
};

// Delay before attempt number `failed_attempts + 1`: 1 s, 4 s, 16 s, at most a minute.
inline std::chrono::milliseconds retry_delay(int failed_attempts) {
  const int exponent = std::clamp(failed_attempts - 1, 0, 3);
  return std::min(std::chrono::milliseconds(1'000LL << (2 * exponent)), std::chrono::milliseconds(60'000));
}

}  // namespace backtest
