// Work that nobody waits for, on a thread of its own: done after want(), once for all calls that came before it began.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/repeated_fault.hpp"

namespace backtest {

class BackgroundWork {
 public:
  // `work` says how long to rest before it is done again; an exception is logged, once a minute. What it uses outlives
  // the object, which is therefore its owner's last member.
  explicit BackgroundWork(std::function<std::chrono::milliseconds()> work);
  // Waits for the work under way, and ends a rest.
  ~BackgroundWork();
  BackgroundWork(const BackgroundWork&) = delete;
  BackgroundWork& operator=(const BackgroundWork&) = delete;

  // Any thread; never waits for the work.
  void want();
  // Of the work itself, between its steps. False when it is to end.
  bool rest(std::chrono::milliseconds time);

 private:
  std::chrono::milliseconds do_work();
  void run();

  const std::function<std::chrono::milliseconds()> work_;
  RepeatedFault fault_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_wanted_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace backtest
