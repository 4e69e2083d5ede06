// The positions of queued runs, for many requests by few looks at the queue: a look costs milliseconds behind a long
// one, and every status of a queued run and every page with one of them needs it. So what was seen is used again for
// four times as long as the look took, and looking takes a fifth of one thread at most. Behind a short queue that is no
// time at all; behind one of 100,000 runs some 10 ms with SQLite and 100 ms with PostgreSQL.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace backtest {

// By run id: 1 for the run that begins next.
using QueuePositions = std::unordered_map<std::string, std::int64_t>;

class QueueFront {
 public:
  static constexpr std::int64_t most_counted = 1'000;

  // RunStore::first_queued(). May throw, which is what all are given who waited for that look.
  using Look = std::function<std::vector<std::string>(std::int64_t at_most)>;
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  explicit QueueFront(Look look, Clock now = std::chrono::steady_clock::now)
      : look_(std::move(look)), now_(std::move(now)) {}

  // Of runs that a record says are queued; most_counted + 1 for all that begin later than so many. None for what is in
  // the queue no more. A run that was not seen yet is looked for anew. Any thread; blocks.
  QueuePositions positions(const std::vector<std::string>& queued);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Seen;

  // What may be said of these runs: seen lately, or by a look that began after the call.
  std::shared_ptr<const Seen> seen_of(const std::vector<std::string>& queued);
  void look(std::unique_lock<std::mutex>& lock);

  const Look look_;
  const Clock now_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_looking_ = false;
  std::shared_ptr<const Seen> seen_;  // by the last look that did not fail; null before
  Time last_began_ = Time::min();     // of the looks that are over
  std::exception_ptr last_failure_;   // of the last one; null where it saw
};

}  // namespace backtest
