// Whether this replica may live beside the others. Artifacts in a local directory that not all replicas see would make
// completed runs unreadable on every replica but one, so such a replica must be alone.
//
// Replicas with a shared directory hold a session lock of the database in common, one without holds it alone: whoever
// comes second to a lock that excludes it does not start. The lock ends with the connection, so a dead replica bars
// nobody. Needs a direct connection: PgBouncer in transaction mode keeps no session.
#pragma once

#include <memory>

#include "postgres/connection.hpp"

namespace backtest {

class ReplicaGuard {
 public:
  // Throws InvalidInput naming BACKTEST_OUTPUT_SHARED where another live replica excludes this one, and naming
  // BACKTEST_POSTGRES_DIRECT_DSN where the connection is not direct; PostgresError where the database cannot be asked.
  ReplicaGuard(ConnectionString direct_dsn, bool output_is_shared);

 private:
  const ConnectionString dsn_;
  std::unique_ptr<PostgresConnection> connection_;
};

}  // namespace backtest
