// The clock of the object storage service, told from the Date of its answers. A Date is cut off to whole seconds, so
// each answer says in which interval of a second that clock was, and the monotonic clock of this process carries on
// between answers. The host's own time of day plays no part.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "run_store/run_store.hpp"

namespace backtest::adls {

class ServiceClock {
 public:
  using Monotonic = std::chrono::steady_clock::time_point;

  // What a Date leaves open. An expiry computed from now() is put off by so much, because now() may be late by that.
  static constexpr StoreTime resolution = 1'000'000;

  // `shift` is added to what now() says: tests let time pass with it. Unset: nothing is added.
  explicit ServiceClock(std::function<StoreTime()> shift = {}) : shift_(std::move(shift)) {}

  // An answer with that Date came to a question that was sent and answered at these moments. Zero: it had no Date.
  void observe(StoreTime answered_at, Monotonic sent, Monotonic received);
  // Never ahead of the service's clock, and behind it by less than `resolution` and the time of the last answer's way.
  // Throws StoreUnavailable before the first answer.
  StoreTime now() const;
  // As now(), later than every earlier answer of this call: an order of submission within one process.
  StoreTime next_moment();

 private:
  const std::function<StoreTime()> shift_;
  mutable std::mutex mutex_;
  std::optional<StoreTime> ahead_of_monotonic_;
  StoreTime last_moment_ = 0;
};

}  // namespace backtest::adls
