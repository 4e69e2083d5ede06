// Whether this replica may live beside the others. Artifacts in a local directory that not all replicas see would make
// completed runs unreadable on every replica but one, so such a replica must be alone.
//
// Replicas with a shared directory hold a session lock of the database in common, one without holds it alone: whoever
// comes second to a lock that excludes it does not start. The lock ends with the connection, so a dead replica bars
// nobody; one whose connection was lost (the server was started anew) takes the lock again, and where another came
// first, it must not go on. Needs a direct connection: PgBouncer in transaction mode keeps no session.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/background_work.hpp"
#include "postgres/connection.hpp"
#include "postgres/dsn_source.hpp"

namespace backtest {

class ReplicaGuard {
 public:
  // Throws InvalidInput naming BACKTEST_OUTPUT_SHARED where another live replica excludes this one, and naming
  // BACKTEST_POSTGRES_DIRECT_DSN where the connection is not direct; PostgresError where the database cannot be asked.
  ReplicaGuard(DsnSource direct_dsn, bool output_is_shared);

  // Why this replica may not execute runs for now, as one may say it in public; nullopt while it holds the lock. Any
  // thread.
  std::optional<std::string> fault() const;

 private:
  bool take_lock();
  std::chrono::milliseconds keep();
  void set_fault(std::optional<std::string> fault);

  const DsnSource dsn_;
  const bool output_is_shared_;
  std::unique_ptr<PostgresConnection> connection_;
  mutable std::mutex mutex_;  // guards the next
  std::optional<std::string> fault_;
  BackgroundWork work_;
};

}  // namespace backtest
