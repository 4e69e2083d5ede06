// Hears of runs that other processes queued (queue_notifier.hpp), on a connection of its own past PgBouncer. After a
// lost connection it hints once more, since what was said meanwhile was not heard.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "postgres/connection.hpp"
#include "postgres/dsn_source.hpp"

namespace backtest {

class QueueListener {
 public:
  // `hint` is called on a thread of the listener's, until its destructor returns.
  QueueListener(DsnSource direct_dsn, std::function<void()> hint);
  ~QueueListener();
  QueueListener(const QueueListener&) = delete;
  QueueListener& operator=(const QueueListener&) = delete;

  bool is_listening() const { return is_listening_.load(); }

 private:
  void run();
  void listen();
  void pause();

  const DsnSource dsn_;
  const std::function<void()> hint_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> is_listening_{false};
  std::thread thread_;
};

}  // namespace backtest
