// Tells other processes that runs may have become claimable: NOTIFY on a connection of its own, never inside the
// transaction that queued the run, where every commit would wait for one lock of the whole server. At once for the
// first run, then at most once per `debounce`. Only a hint: whoever misses it polls.
#pragma once

#include <chrono>
#include <memory>

#include "base/background_work.hpp"
#include "postgres/connection.hpp"
#include "postgres/dsn_source.hpp"

namespace backtest {

inline constexpr const char* queue_channel = "backtest_queue";

class QueueNotifier {
 public:
  // Asks no server: a thread connects, and again after faults. Past PgBouncer, which keeps no session.
  explicit QueueNotifier(DsnSource direct_dsn, std::chrono::milliseconds debounce = std::chrono::milliseconds(20));

  void announce() { work_.want(); }  // never waits, never throws

 private:
  std::chrono::milliseconds notify();

  const DsnSource dsn_;
  const std::chrono::milliseconds debounce_;
  std::unique_ptr<PostgresConnection> connection_;
  BackgroundWork work_;
};

}  // namespace backtest
