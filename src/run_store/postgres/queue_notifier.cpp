#include "run_store/postgres/queue_notifier.hpp"

#include <memory>
#include <string>

#include "base/log.hpp"

namespace backtest {

namespace {
constexpr PostgresTimeouts hint_timeouts{.connect = std::chrono::seconds(2), .statement = std::chrono::seconds(2)};
constexpr std::chrono::seconds after_a_fault{1};
}  // namespace

QueueNotifier::QueueNotifier(ConnectionString direct_dsn, std::chrono::milliseconds debounce)
    : dsn_(std::move(direct_dsn)), debounce_(debounce), thread_([this] { run(); }) {}

QueueNotifier::~QueueNotifier() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void QueueNotifier::announce() {
  {
    const std::lock_guard lock(mutex_);
    if (is_wanted_) return;
    is_wanted_ = true;
  }
  changed_.notify_one();
}

void QueueNotifier::run() {
  std::unique_ptr<PostgresConnection> connection;
  const std::string sql = std::string("notify ") + queue_channel;
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    changed_.wait(lock, [&] { return is_wanted_ || is_stopping_; });
    if (is_stopping_) return;
    is_wanted_ = false;
    lock.unlock();
    std::chrono::milliseconds pause = debounce_;
    try {
      if (!connection || !connection->is_usable()) {
        connection.reset();
        connection = std::make_unique<PostgresConnection>(dsn_, hint_timeouts);
      }
      connection->run(sql);
    } catch (const PostgresError& error) {
      // Nobody waits for it: workers find the run when they poll.
      log_warning("no hint about queued runs was sent", {{"error", error.what()}});
      connection.reset();
      pause = after_a_fault;
    }
    lock.lock();
    changed_.wait_for(lock, pause, [&] { return is_stopping_; });
  }
}

}  // namespace backtest
