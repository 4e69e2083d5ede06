#include "edge/http/resource/queue_front.hpp"

#include <algorithm>

namespace backtest {

struct QueueFront::Seen {
  QueuePositions positions;
  bool is_whole = false;
  Time good_until;

  bool tells_of(const std::vector<std::string>& queued) const {
    return !is_whole || std::ranges::all_of(queued, [&](const auto& run_id) { return positions.contains(run_id); });
  }
};

QueuePositions QueueFront::positions(const std::vector<std::string>& queued) {
  QueuePositions found;
  if (queued.empty()) return found;
  const std::shared_ptr<const Seen> seen = seen_of(queued);
  for (const std::string& run_id : queued) {
    if (const auto at = seen->positions.find(run_id); at != seen->positions.end()) {
      found[run_id] = at->second;
    } else if (!seen->is_whole) {
      found[run_id] = most_counted + 1;
    }
  }
  return found;
}

std::shared_ptr<const QueueFront::Seen> QueueFront::seen_of(const std::vector<std::string>& queued) {
  const Time asked_at = now_();
  std::unique_lock lock(mutex_);
  // While somebody looks, what was seen before is good enough for the others.
  if (seen_ && (is_looking_ || asked_at < seen_->good_until) && seen_->tells_of(queued)) return seen_;
  while (last_began_ < asked_at) {
    if (is_looking_) {
      changed_.wait(lock);
    } else {
      look(lock);
    }
  }
  if (last_failure_) std::rethrow_exception(last_failure_);
  return seen_;
}

void QueueFront::look(std::unique_lock<std::mutex>& lock) {
  is_looking_ = true;
  lock.unlock();
  const Time began = now_();
  std::shared_ptr<Seen> seen;
  std::exception_ptr failure;
  try {
    seen = std::make_shared<Seen>();
    std::int64_t position = 0;
    for (std::string& run_id : look_(most_counted)) seen->positions.emplace(std::move(run_id), ++position);
    seen->is_whole = position < most_counted;
    const Time ended = now_();
    seen->good_until = ended + 4 * (ended - began);
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  is_looking_ = false;
  last_began_ = began;
  last_failure_ = failure;
  if (!failure) seen_ = std::move(seen);
  changed_.notify_all();
}

}  // namespace backtest
