#include "edge/http/server/work_pool.hpp"

#include <exception>

namespace backtest {

WorkPool::WorkPool(int threads, int queue_limit)
    : most_threads_(static_cast<std::size_t>(threads)), queue_limit_(static_cast<std::size_t>(queue_limit)) {
  threads_.emplace_back([this] { work(); });
}

WorkPool::~WorkPool() {
  stop();
}

bool WorkPool::try_post(Work& work) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= queue_limit_) return false;
    queue_.push_back(std::move(work));
    if (idle_ < queue_.size() && threads_.size() < most_threads_) start_thread();
  }
  wake_.notify_one();
  return true;
}

void WorkPool::start_thread() {
  try {
    threads_.emplace_back([this] { this->work(); });
  } catch (const std::exception&) {
    // The system refuses another thread, or memory for one; the ones that run do the work, which is queued already.
  }
}

std::size_t WorkPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::size_t WorkPool::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

void WorkPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkPool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    Work work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
}

}  // namespace backtest
