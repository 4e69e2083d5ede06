#include "run_store/adls/parallel_requests.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace backtest::adls {

void ask_in_parallel(std::size_t count, std::size_t at_once, const std::function<void(std::size_t)>& request) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr fault;
  const auto ask = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        request(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!fault) fault = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::jthread> threads;
  try {
    while (threads.size() + 1 < std::min(at_once, count)) threads.emplace_back(ask);
  } catch (const std::system_error&) {
    // The system refuses more threads: fewer do the same, and take longer.
  }
  ask();
  threads.clear();
  if (fault) std::rethrow_exception(fault);
}

}  // namespace backtest::adls
