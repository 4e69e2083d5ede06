// Threads for work that may block (stores, files), with a bounded queue: what does not fit is refused at once. A thread
// is started when work finds none idle, up to the limit; it stays.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace backtest {

class WorkPool {
 public:
  using Work = std::move_only_function<void()>;

  WorkPool(int threads, int queue_limit);
  ~WorkPool();

  // False when the queue is full or the pool stops; the work is then left as it was.
  bool try_post(Work& work);
  std::size_t waiting() const;
  std::size_t threads() const;
  // Finishes what is queued, then joins.
  void stop();

 private:
  void work();
  void start_thread();

  const std::size_t most_threads_;
  const std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Work> queue_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace backtest
