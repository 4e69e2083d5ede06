#include "run_store/postgres/replica_guard.hpp"

#include "base/diagnostic.hpp"

namespace backtest {

namespace {

constexpr const char* lock_key = "727130450923";  // any number that nothing else locks

}  // namespace

ReplicaGuard::ReplicaGuard(ConnectionString direct_dsn, bool output_is_shared)
    : dsn_(std::move(direct_dsn)), connection_(std::make_unique<PostgresConnection>(dsn_, PostgresTimeouts{})) {
  if (connection_->goes_through_a_pooler()) {
    throw InvalidInput(Diagnostic{
        .path = "BACKTEST_POSTGRES_DIRECT_DSN",
        .message = "the DSN leads through a pooler such as PgBouncer, which keeps no session: neither the lock that "
                   "keeps replicas with different output directories apart nor LISTEN would hold; set it to a DSN "
                   "that leads to PostgreSQL itself (BACKTEST_POSTGRES_DSN may go on through the pooler)"});
  }
  const std::string function = output_is_shared ? "pg_try_advisory_lock_shared" : "pg_try_advisory_lock";
  const PostgresRows rows = connection_->run("select " + function + "($1::bigint)", {lock_key});
  if (rows.boolean(0, 0)) return;
  throw InvalidInput(Diagnostic{
      .path = "BACKTEST_OUTPUT_SHARED",
      .message = output_is_shared
                     ? "another live replica keeps its artifacts in a directory of its own; stop it, or give it the "
                       "shared directory and BACKTEST_OUTPUT_SHARED=true"
                     : "other replicas are live, and artifacts in a directory that they do not see could not be read "
                       "there; set it to true where BACKTEST_OUTPUT_DIR is a directory that all replicas see"});
}

}  // namespace backtest
