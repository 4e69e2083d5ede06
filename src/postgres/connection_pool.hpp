// A bounded pool: at most `size` connections, a caller waits at most `wait` for one, a broken one is replaced. After a
// failed connect the next tries wait a jittered while (doubling to 5 s), so that replicas do not storm a server that
// comes back.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "base/duration_histogram.hpp"
#include "postgres/connection.hpp"
#include "postgres/dsn_source.hpp"

namespace backtest {

struct PostgresPoolOptions {
  int size = 8;
  std::chrono::milliseconds wait{5'000};
  PostgresTimeouts timeouts;
};

class PostgresPool {
 public:
  PostgresPool(DsnSource dsn, PostgresPoolOptions options);

  class Borrowed {
   public:
    Borrowed(PostgresPool& pool, std::unique_ptr<PostgresConnection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    ~Borrowed() { pool_.give_back(std::move(connection_)); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    PostgresConnection& operator*() const { return *connection_; }
    PostgresConnection* operator->() const { return connection_.get(); }

   private:
    PostgresPool& pool_;
    std::unique_ptr<PostgresConnection> connection_;
  };

  Borrowed take();

  struct Usage {
    int open = 0, busy = 0, limit = 0;
  };
  Usage usage() const;
  // How long callers waited until a connection was free, also those who waited in vain.
  const DurationHistogram& waits() const { return waits_; }

 private:
  void give_back(std::unique_ptr<PostgresConnection> connection);
  std::unique_ptr<PostgresConnection> connect();

  const DsnSource dsn_;
  const PostgresPoolOptions options_;
  DurationHistogram waits_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<PostgresConnection>> idle_;
  int busy_ = 0;
  int failures_ = 0;
  std::chrono::steady_clock::time_point next_try_{};
};

}  // namespace backtest
