// Tells other processes that runs may have become claimable: NOTIFY on a connection of its own, never inside the
// transaction that queued the run, where every commit would wait for one lock of the whole server. At once for the
// first run, then at most once per `debounce`. Only a hint: whoever misses it polls.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "postgres/connection.hpp"

namespace backtest {

inline constexpr const char* queue_channel = "backtest_queue";

class QueueNotifier {
 public:
  // Asks no server: a thread connects, and again after faults. Past PgBouncer, which keeps no session.
  explicit QueueNotifier(ConnectionString direct_dsn,
                         std::chrono::milliseconds debounce = std::chrono::milliseconds(20));
  ~QueueNotifier();
  QueueNotifier(const QueueNotifier&) = delete;
  QueueNotifier& operator=(const QueueNotifier&) = delete;

  void announce();  // never waits, never throws

 private:
  void run();

  const ConnectionString dsn_;
  const std::chrono::milliseconds debounce_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_wanted_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace backtest
