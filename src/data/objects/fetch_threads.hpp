// Threads that fetch what is asked for, oldest first.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace backtest {

class FetchThreads {
 public:
  FetchThreads();
  // What has not begun is dropped. May be called by a fetch, whose file was the last to need the threads.
  ~FetchThreads();
  FetchThreads(const FetchThreads&) = delete;
  FetchThreads& operator=(const FetchThreads&) = delete;

  void add(std::function<void()> fetch);

 private:
  struct Queue;
  static void work(const std::shared_ptr<Queue>& queue);

  std::shared_ptr<Queue> queue_;
  std::vector<std::thread> threads_;  // started by the first fetches
};

}  // namespace backtest
