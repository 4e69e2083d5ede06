// Counts of what the server did, and their Prometheus text form. Every method may be called from any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "base/duration_histogram.hpp"

namespace backtest {

class HttpTelemetry {
 public:
  // Without a duration: an event stream, which lasts as long as its run and would count as a slow answer.
  void record_request(std::string_view route, std::string_view method, int status,
                      std::optional<std::chrono::nanoseconds> duration);
  void record_refused_connection() { refused_connections_.fetch_add(1, std::memory_order_relaxed); }
  void record_timeout() { timeouts_.fetch_add(1, std::memory_order_relaxed); }

  std::atomic<std::int64_t> connections = 0;
  std::atomic<std::int64_t> streams = 0;
  std::atomic<std::int64_t> pool_waiting = 0;

  void append_text(std::string& text) const;

 private:
  static constexpr std::array<double, 10> bounds_s = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0};

  mutable std::mutex mutex_;
  std::map<std::tuple<std::string, std::string, int>, std::uint64_t> requests_;  // route, method, status
  std::map<std::string, DurationHistogram, std::less<>> durations_;              // by route
  std::atomic<std::uint64_t> refused_connections_ = 0;
  std::atomic<std::uint64_t> timeouts_ = 0;
};

}  // namespace backtest
