#include "data/parallel_columns.hpp"

namespace backtest {

ParallelColumns::~ParallelColumns() {
  if (!other_) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  other_->join();
}

void ParallelColumns::work(std::unique_lock<std::mutex>& lock) {
  while (next_ < count_) {
    const std::size_t index = next_++;
    lock.unlock();
    std::exception_ptr failure;
    try {
      (*task_)(index);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failures_[index] = failure;
    if (++done_ == count_) changed_.notify_all();
  }
}

void ParallelColumns::run(std::size_t count, const std::function<void(std::size_t)>& task) {
  if (count == 0) return;
  if (count == 1) return task(0);
  if (!other_) {
    other_.emplace([this] {
      std::unique_lock lock(mutex_);
      while (!stop_) {
        work(lock);
        changed_.wait(lock, [this] { return stop_ || next_ < count_; });
      }
    });
  }
  std::unique_lock lock(mutex_);
  task_ = &task;
  count_ = count;
  next_ = 0;
  done_ = 0;
  failures_.assign(count, nullptr);
  changed_.notify_all();
  work(lock);
  changed_.wait(lock, [this] { return done_ == count_; });
  for (const std::exception_ptr& failure : failures_) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace backtest
