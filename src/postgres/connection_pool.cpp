#include "postgres/connection_pool.hpp"

#include <algorithm>
#include <random>

namespace backtest {

PostgresPool::PostgresPool(DsnSource dsn, PostgresPoolOptions options) : dsn_(std::move(dsn)), options_(options) {}

PostgresPool::Borrowed PostgresPool::take() {
  std::unique_lock lock(mutex_);
  bool is_free = false;
  {
    const DurationRecording recording(waits_);
    is_free = freed_.wait_for(lock, options_.wait, [&] { return busy_ < options_.size; });
  }
  if (!is_free) {
    throw PostgresError(PostgresError::Kind::pool_exhausted, "all " + std::to_string(options_.size) +
                                                                 " PostgreSQL connections were busy for " +
                                                                 std::to_string(options_.wait.count()) + " ms");
  }
  ++busy_;
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return {*this, std::move(connection)};
  }
  lock.unlock();
  return {*this, connect()};
}

std::unique_ptr<PostgresConnection> PostgresPool::connect() {
  try {
    {
      const std::lock_guard lock(mutex_);
      if (std::chrono::steady_clock::now() < next_try_) {
        throw PostgresError(PostgresError::Kind::not_connected,
                            "PostgreSQL at " + dsn_.current().target() + ": not reachable a moment ago");
      }
    }
    auto connection = std::make_unique<PostgresConnection>(dsn_.current(), options_.timeouts);
    const std::lock_guard lock(mutex_);
    failures_ = 0;
    return connection;
  } catch (...) {
    const std::lock_guard lock(mutex_);
    --busy_;
    freed_.notify_one();
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_try_) {
      thread_local std::minstd_rand random{std::random_device{}()};
      const int most = std::min(5'000, 50 << std::min(failures_++, 7));
      next_try_ = now + std::chrono::milliseconds(std::uniform_int_distribution(most / 2, most)(random));
    }
    throw;
  }
}

void PostgresPool::give_back(std::unique_ptr<PostgresConnection> connection) {
  const bool usable = connection->is_usable();
  if (!usable) connection.reset();
  const std::lock_guard lock(mutex_);
  --busy_;
  if (usable) {
    idle_.push_back(std::move(connection));
  } else {
    // When one backend was killed the idle ones probably were, too.
    idle_.clear();
  }
  freed_.notify_one();
}

PostgresPool::Usage PostgresPool::usage() const {
  const std::lock_guard lock(mutex_);
  return {busy_ + static_cast<int>(idle_.size()), busy_, options_.size};
}

}  // namespace backtest
