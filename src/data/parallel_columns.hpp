// A second thread for decoding: run(n, task) does task(0) .. task(n-1), each once, on this thread and the other.
// read_in_batches() is a whole pass over rows by it.
#pragma once

#include <array>
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

// While the `columns` of a batch are stored, the next batch is prepared, which takes longest and so goes first.
// `prepare(batch)` says whether there is one; `store(batch, column)` is called for several columns at once.
template <typename Batch, typename Prepare, typename Store>
void read_in_batches(std::size_t columns, Prepare prepare, Store store) {
  ParallelColumns threads;
  std::array<Batch, 2> batches;
  std::size_t turn = 0;
  bool exists = prepare(batches[turn]);
  while (exists) {
    threads.run(1 + columns, [&](std::size_t task) {
      if (task == 0) {
        exists = prepare(batches[1 - turn]);
      } else {
        store(batches[turn], task - 1);
      }
    });
    turn = 1 - turn;
  }
}

}  // namespace backtest
