// A second thread for decoding: run(n, task) does task(0) .. task(n-1), each once, on this thread and the other.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace backtest {

class ParallelColumns {
 public:
  ParallelColumns() = default;
  ~ParallelColumns();
  ParallelColumns(const ParallelColumns&) = delete;
  ParallelColumns& operator=(const ParallelColumns&) = delete;

  // Returns when all are done. Where tasks throw, the exception of the lowest one is thrown on.
  void run(std::size_t count, const std::function<void(std::size_t)>& task);

 private:
  void work(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable changed_;
  const std::function<void(std::size_t)>* task_ = nullptr;
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  std::size_t done_ = 0;
  bool stop_ = false;
  std::vector<std::exception_ptr> failures_;
  std::optional<std::thread> other_;  // started by the first run of more than one task
};

}  // namespace backtest
