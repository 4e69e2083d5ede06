#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

// Each takes its lock in the queue or on the lease first, and answers whether the run was still there.
constexpr const char* cancel_queued = R"sql(
with q as (
  delete from backtest.run_queue
    where submitter = $2 and rank = $3::int and available_at = $4::timestamptz and run_hash = hashtextextended($1, 0)
    returning run_hash),
r as (
  update backtest.runs r set status = 'cancelled', ended_status = 'cancelled', cancel_requested = true,
      completed_at = now(), revision = coalesce(r.revision, 1) + 1
    from q where r.run_id = $1 and r.status = 'queued' returning r.*),
audit as (
  insert into backtest.run_log (run_id, state, epoch, detail)
    select run_id, 'cancelled', coalesce(lease_epoch, 0), 'cancelled while queued' from r)
select pg_current_xact_id() from r
)sql";
constexpr const char* request_cancel = R"sql(
with l as (
  update backtest.run_leases set cancel_requested = true
    where hashtextextended(run_id, 0) = hashtextextended($1, 0) and run_id = $1 returning run_id, epoch),
r as (
  update backtest.runs r set cancel_requested = true, revision = coalesce(r.revision, 1) + 1
    from l where r.run_id = l.run_id and r.status = 'running' and r.cancel_requested is not true
    returning r.run_id, l.epoch),
audit as (
  insert into backtest.run_log (run_id, state, epoch, detail)
    select run_id, 'running', epoch, 'cancel requested' from r)
select pg_current_xact_id() from l
)sql";
constexpr const char* remove_terminal = R"sql(
delete from backtest.runs where run_id = $1 and status in ('completed', 'failed', 'cancelled')
  returning pg_current_xact_id()
)sql";
constexpr const char* place_in_the_queue = R"sql(
select status, submitter, -coalesce(priority, 0), coalesce(available_at, submitted_at)
from backtest.runs where run_id = $1
)sql";

// Cancels and removals leave no token by which they could be told apart. Where the answer to one got lost, the server
// is asked what became of its transaction: the run alone might show what another caller has done.
class NumberedTransaction {
 public:
  // Whether the statement, which returns pg_current_xact_id(), has found what it changes.
  bool run(PostgresConnection& connection, const char* sql, const std::vector<PostgresParameter>& parameters) {
    PostgresTransaction transaction(connection);
    const auto rows = connection.run(sql, parameters);
    if (rows.size()) number_ = rows.text(0, 0);
    transaction.commit();
    return rows.size() > 0;
  }
  // Of the last transaction that changed something. It is over when this is asked: the caller has read the run since,
  // past its locks.
  bool was_committed(PostgresConnection& connection) const {
    if (number_.empty()) return false;
    return connection.run("select pg_xact_status($1::xid8)", {number_}).text(0, 0) == "committed";
  }

 private:
  std::string number_;
};

}  // namespace

CancelOutcome PostgresRunStore::cancel(std::string_view run_id) {
  const std::string id(run_id);
  NumberedTransaction transaction;
  CancelOutcome meant = CancelOutcome::cancelled;
  return ask(StatementName::cancel, [&](PostgresConnection& connection) {
    for (int tries = 0; tries < 100; ++tries) {
      const auto rows = connection.run(place_in_the_queue, {id});
      const std::string_view status = rows.size() ? rows.text(0, 0) : "";
      if (status == "queued") {
        meant = CancelOutcome::cancelled;
        if (transaction.run(connection, cancel_queued,
                            {id, rows.optional_text(0, 1), rows.optional_text(0, 2), rows.optional_text(0, 3)})) {
          return meant;
        }
      } else if (status == "running") {
        meant = CancelOutcome::requested;
        if (transaction.run(connection, request_cancel, {id})) return meant;
      } else {
        if (transaction.was_committed(connection)) return meant;
        return rows.size() ? CancelOutcome::already_terminal : CancelOutcome::not_found;
      }
      // It was claimed or given back in between: look again.
    }
    throw StoreUnavailable("run " + id + " has neither a queue row nor a lease: run `backtest migrate adopt`");
  });
}

std::expected<void, RemoveError> PostgresRunStore::remove(std::string_view run_id) {
  const std::string id(run_id);
  NumberedTransaction transaction;
  return ask(StatementName::remove, [&](PostgresConnection& connection) -> std::expected<void, RemoveError> {
    if (transaction.run(connection, remove_terminal, {id})) return {};
    const auto rows = connection.run("select from backtest.runs where run_id = $1", {id});
    if (rows.size()) return std::unexpected(RemoveError::not_terminal);
    if (transaction.was_committed(connection)) return {};
    return std::unexpected(RemoveError::not_found);
  });
}

}  // namespace backtest
