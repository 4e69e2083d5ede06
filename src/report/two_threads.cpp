#include "report/two_threads.hpp"

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

namespace backtest {

void run_on_two_threads(const std::vector<std::function<void()>>& tasks) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    for (std::size_t index = next++; index < tasks.size(); index = next++) {
      try {
        tasks[index]();
      } catch (...) {
        next = tasks.size();
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    }
  };
  std::thread other;
  if (tasks.size() > 1 && std::thread::hardware_concurrency() > 1) {
    try {
      other = std::thread(work);
    } catch (const std::system_error&) {
      // No thread to be had: the work is done all the same.
    }
  }
  work();
  if (other.joinable()) other.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace backtest
