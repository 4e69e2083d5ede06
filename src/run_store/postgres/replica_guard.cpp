#include "run_store/postgres/replica_guard.hpp"

#include <utility>

#include "base/diagnostic.hpp"
#include "base/log.hpp"

namespace backtest {

namespace {

constexpr const char* lock_key = "727130450923";  // any number that nothing else locks
constexpr std::chrono::milliseconds look_every{1'000};
constexpr PostgresTimeouts keeping{.connect = std::chrono::seconds(5), .statement = std::chrono::seconds(5)};

}  // namespace

ReplicaGuard::ReplicaGuard(DsnSource direct_dsn, bool output_is_shared)
    : dsn_(std::move(direct_dsn)),
      output_is_shared_(output_is_shared),
      connection_(std::make_unique<PostgresConnection>(dsn_.current(), PostgresTimeouts{})),
      work_([this] { return keep(); }) {
  if (connection_->goes_through_a_pooler()) {
    throw InvalidInput(Diagnostic{
        .path = "BACKTEST_POSTGRES_DIRECT_DSN",
        .message = "the DSN leads through a pooler such as PgBouncer, which keeps no session: neither the lock that "
                   "keeps replicas with different output directories apart nor LISTEN would hold; set it to a DSN "
                   "that leads to PostgreSQL itself (BACKTEST_POSTGRES_DSN may go on through the pooler)"});
  }
  if (!take_lock()) {
    throw InvalidInput(Diagnostic{
        .path = "BACKTEST_OUTPUT_SHARED",
        .message = output_is_shared
                       ? "another live replica keeps its artifacts in a directory of its own; stop it, or give it the "
                         "shared directory and BACKTEST_OUTPUT_SHARED=true"
                       : "other replicas are live, and artifacts in a directory that they do not see could not be read "
                         "there; set it to true where BACKTEST_OUTPUT_DIR is a directory that all replicas see"});
  }
  work_.want();
}

bool ReplicaGuard::take_lock() {
  const std::string function = output_is_shared_ ? "pg_try_advisory_lock_shared" : "pg_try_advisory_lock";
  return connection_->run("select " + function + "($1::bigint)", {lock_key}).boolean(0, 0);
}

// Asks whether the session still lives. When it has ended, the lock is taken again, even from this replica's own old
// session where the server has not noticed yet that it is gone.
std::chrono::milliseconds ReplicaGuard::keep() {
  work_.want();
  try {
    if (connection_ && connection_->is_usable() && !fault()) {
      connection_->run("select 1");
      return look_every;
    }
    connection_.reset();
    connection_ = std::make_unique<PostgresConnection>(dsn_.current(), keeping);
    set_fault(take_lock() ? std::nullopt
                          : std::optional<std::string>("another replica keeps its artifacts in another directory"));
  } catch (const PostgresError& error) {
    connection_.reset();
    set_fault("the database does not keep this replica's lock");
  }
  return look_every;
}

std::optional<std::string> ReplicaGuard::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

void ReplicaGuard::set_fault(std::optional<std::string> fault) {
  const std::lock_guard lock(mutex_);
  if (fault != fault_) {
    if (fault) log_error("this replica may not execute runs", {{"reason", *fault}});
    if (!fault) log_info("this replica holds its lock again");
  }
  fault_ = std::move(fault);
}

}  // namespace backtest
