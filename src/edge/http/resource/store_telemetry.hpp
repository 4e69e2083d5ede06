// What /metrics shows of the run store and its database, asked on a thread of its own, one question at a time: whoever
// scrapes waits a bounded time, however long the store takes, and many scrapes ask it no more often than one.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "edge/http/resource/http_hooks.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

class StoreTelemetry {
 public:
  StoreTelemetry(RunStore& runs, const HttpHooks& hooks);
  ~StoreTelemetry();

  void start();
  // From then on ask() returns nullopt.
  void stop();
  // The answer to a question that began at this call or later; nullopt where none came within `patience` or the store
  // is not available.
  std::optional<std::string> ask(std::chrono::milliseconds patience);

 private:
  void answer_questions();
  std::optional<std::string> answer();

  RunStore& runs_;
  const HttpHooks& hooks_;
  std::mutex mutex_;
  std::condition_variable asked_, answered_;
  std::uint64_t last_asked_ = 0, last_answered_ = 0;  // numbers of questions
  std::optional<std::string> text_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace backtest
