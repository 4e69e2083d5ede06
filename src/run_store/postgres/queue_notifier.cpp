#include "run_store/postgres/queue_notifier.hpp"

#include <string>

#include "base/log.hpp"

namespace backtest {

namespace {
constexpr PostgresTimeouts hint_timeouts{.connect = std::chrono::seconds(2), .statement = std::chrono::seconds(2)};
constexpr std::chrono::seconds after_a_fault{1};
}  // namespace

QueueNotifier::QueueNotifier(DsnSource direct_dsn, std::chrono::milliseconds debounce)
    : dsn_(std::move(direct_dsn)), debounce_(debounce), work_([this] { return notify(); }) {}

std::chrono::milliseconds QueueNotifier::notify() {
  static const std::string sql = std::string("notify ") + queue_channel;
  try {
    if (!connection_ || !connection_->is_usable()) {
      connection_.reset();
      connection_ = std::make_unique<PostgresConnection>(dsn_.current(), hint_timeouts);
    }
    connection_->run(sql);
    return debounce_;
  } catch (const PostgresError& error) {
    // Nobody waits for it: workers find the run when they poll.
    log_warning("no hint about queued runs was sent", {{"error", error.what()}});
    connection_.reset();
    return after_a_fault;
  }
}

}  // namespace backtest
