#include "base/background_work.hpp"

#include <exception>
#include <utility>

#include "base/log.hpp"

namespace backtest {

BackgroundWork::BackgroundWork(std::function<std::chrono::milliseconds()> work)
    : work_(std::move(work)), thread_([this] { run(); }) {}

BackgroundWork::~BackgroundWork() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void BackgroundWork::want() {
  {
    const std::lock_guard lock(mutex_);
    if (is_wanted_) return;
    is_wanted_ = true;
  }
  changed_.notify_one();
}

bool BackgroundWork::rest(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return is_stopping_; });
}

// What nobody waits for has nobody to hand a fault to.
std::chrono::milliseconds BackgroundWork::do_work() {
  try {
    return work_();
  } catch (const std::exception& error) {
    if (fault_.is_to_be_said()) log_error("work in the background failed", {{"error", error.what()}});
    return std::chrono::seconds(1);
  }
}

void BackgroundWork::run() {
  do {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_wanted_ || is_stopping_; });
    if (is_stopping_) return;
    is_wanted_ = false;
  } while (rest(do_work()));
}

}  // namespace backtest
