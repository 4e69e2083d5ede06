// Moves the write-ahead log into the database file on a thread of its own, so that no commit pays for it.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

namespace backtest {

class Checkpointer {
 public:
  explicit Checkpointer(std::filesystem::path file);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // The log has this many pages now. Any thread.
  void log_grew(int pages);

 private:
  void run();

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace backtest
