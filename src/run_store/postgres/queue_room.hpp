// Whether the queue has room for sure, without counting it: counting 100,000 rows takes as long as ten submissions.
//
// A transaction queues at most `most_queued_by_one` runs (reclaim() does; `migrate adopt`, which no limit binds, may
// queue more), so a count that was taken when transaction number C was next bounds the queue when N is next:
//
//   queued <= counted + (N - C) * most_queued_by_one
//
// Transactions that were open at the count are not in it: what a limit may be overshot by, at most one run per
// concurrent submitter. May be used from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace backtest {

class QueueRoom {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::int64_t most_queued_by_one = 64;
  static constexpr std::int64_t smallest_limit = 1'000;         // below it a count is cheap
  static constexpr std::chrono::milliseconds count_every{100};  // at most; in between the exact way is taken

  struct Count {
    std::int64_t queued = INT64_MAX / 2;  // nothing is known: no limit is above it
    std::int64_t next_transaction = 0;
  };

  Count last_count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  void counted(const Count& count, Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    count_ = count;
    seen_transaction_ = count.next_transaction;
    next_count_at_ = now + count_every;
  }
  // A later transaction's number.
  void saw(std::int64_t next_transaction) {
    const std::lock_guard lock(mutex_);
    seen_transaction_ = next_transaction;
  }
  // Whether the last count tells nothing any more about this limit, and another may be taken.
  bool needs_count(std::int64_t limit, Clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    if (limit < smallest_limit || now < next_count_at_) return false;
    const std::int64_t since = seen_transaction_ - count_.next_transaction;
    return since < 0 || count_.queued + since * most_queued_by_one >= limit;
  }

 private:
  mutable std::mutex mutex_;
  Count count_;
  std::int64_t seen_transaction_ = 0;
  Clock::time_point next_count_at_{};
};

}  // namespace backtest
