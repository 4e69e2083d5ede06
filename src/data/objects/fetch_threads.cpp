#include "data/objects/fetch_threads.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace backtest {

namespace {

// They wait for the network, not for a processor.
constexpr std::size_t thread_count = 8;

}  // namespace

struct FetchThreads::Queue {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> waiting;
  bool stop = false;
};

FetchThreads::FetchThreads() : queue_(std::make_shared<Queue>()) {}

FetchThreads::~FetchThreads() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->stop = true;
    dropped.swap(queue_->waiting);
  }
  queue_->changed.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.get_id() == std::this_thread::get_id()) {
      thread.detach();
    } else {
      thread.join();
    }
  }
}

void FetchThreads::add(std::function<void()> fetch) {
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->waiting.push_back(std::move(fetch));
    if (threads_.size() < thread_count) threads_.emplace_back([queue = queue_] { work(queue); });
  }
  queue_->changed.notify_one();
}

void FetchThreads::work(const std::shared_ptr<Queue>& queue) {
  std::unique_lock lock(queue->mutex);
  for (;;) {
    queue->changed.wait(lock, [&] { return queue->stop || !queue->waiting.empty(); });
    if (queue->stop) return;
    std::function<void()> fetch = std::move(queue->waiting.front());
    queue->waiting.pop_front();
    lock.unlock();
    fetch();
    fetch = nullptr;  // outside the lock: it may be the last to hold a file
    lock.lock();
  }
}

}  // namespace backtest
