#include "run_store/adls/service_clock.hpp"

#include <algorithm>

namespace backtest::adls {

namespace {

StoreTime microseconds(ServiceClock::Monotonic moment) {
  return std::chrono::duration_cast<std::chrono::microseconds>(moment.time_since_epoch()).count();
}

}  // namespace

void ServiceClock::observe(StoreTime answered_at, Monotonic sent, Monotonic received) {
  if (answered_at <= 0) return;
  // The service wrote the Date at some moment between the two, and cut off the part of the second.
  const StoreTime least = answered_at - microseconds(received);
  const StoreTime most = answered_at + resolution - microseconds(sent);
  const std::lock_guard lock(mutex_);
  ahead_of_monotonic_ = ahead_of_monotonic_ ? std::clamp(*ahead_of_monotonic_, least, most) : least;
}

StoreTime ServiceClock::now() const {
  const StoreTime shift = shift_ ? shift_() : 0;
  const std::lock_guard lock(mutex_);
  if (!ahead_of_monotonic_) throw StoreUnavailable("the object storage service has not said yet what time it is");
  return microseconds(std::chrono::steady_clock::now()) + *ahead_of_monotonic_ + shift;
}

StoreTime ServiceClock::next_moment() {
  const StoreTime present = now();
  const std::lock_guard lock(mutex_);
  last_moment_ = std::max(present, last_moment_ + 1);
  return last_moment_;
}

}  // namespace backtest::adls
