#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

// Each takes its lock in the queue or on the lease first, and answers whether the run was still there.
constexpr const char* cancel_queued =
    "with q as (delete from backtest.run_queue where submitter = $2 and rank = $3::int and available_at = "
    "$4::timestamptz and run_id = $1 returning run_id), "
    "r as (update backtest.runs r set status = 'cancelled', ended_status = 'cancelled', cancel_requested = true, "
    "completed_at = now(), "
    "revision = r.revision + 1 from q where r.run_id = q.run_id and r.status = 'queued' returning r.*), "
    "audit as (insert into backtest.run_events (run_id, state, epoch, detail) "
    "select run_id, 'cancelled', lease_epoch, 'cancelled while queued' from r) select run_id from r";
constexpr const char* request_cancel =
    "with l as (update backtest.run_leases set cancel_requested = true where run_id = $1 returning run_id), "
    "r as (update backtest.runs r set cancel_requested = true, revision = r.revision + 1 from l "
    "where r.run_id = l.run_id and r.status = 'running' and not r.cancel_requested returning r.*), "
    "audit as (insert into backtest.run_events (run_id, state, epoch, detail) "
    "select run_id, 'running', lease_epoch, 'cancel requested' from r) select run_id from l";

}  // namespace

CancelOutcome PostgresRunStore::cancel(std::string_view run_id) {
  const std::string id(run_id);
  int asked = 0;
  return ask(StatementName::cancel, [&](PostgresConnection& connection) {
    const bool is_again = asked++ > 0;
    for (int tries = 0; tries < 100; ++tries) {
      const auto rows = connection.run(
          "select status, submitter, -priority, available_at from backtest.runs where run_id = $1", {id});
      if (rows.size() == 0) return CancelOutcome::not_found;
      const std::string_view status = rows.text(0, 0);
      if (status == "queued") {
        const auto done = connection.run(
            cancel_queued, {id, rows.optional_text(0, 1), rows.optional_text(0, 2), rows.optional_text(0, 3)});
        if (done.size()) return CancelOutcome::cancelled;
      } else if (status == "running") {
        if (connection.run(request_cancel, {id}).size()) return CancelOutcome::requested;
      } else {
        return is_again && status == "cancelled" ? CancelOutcome::cancelled : CancelOutcome::already_terminal;
      }
      // It changed hands in between.
    }
    throw StoreUnavailable("run " + id + " has neither a queue row nor a lease: run `backtest migrate adopt`");
  });
}

std::expected<void, RemoveError> PostgresRunStore::remove(std::string_view run_id) {
  const std::string id(run_id);
  int asked = 0;
  return ask(StatementName::remove, [&](PostgresConnection& connection) -> std::expected<void, RemoveError> {
    const bool is_again = asked++ > 0;
    const auto removed = connection.run(
        "delete from backtest.runs where run_id = $1 and status in ('completed', 'failed', 'cancelled') "
        "returning run_id",
        {id});
    if (removed.size()) return {};
    const auto rows = connection.run("select from backtest.runs where run_id = $1", {id});
    if (rows.size()) return std::unexpected(RemoveError::not_terminal);
    if (is_again) return {};
    return std::unexpected(RemoveError::not_found);
  });
}

}  // namespace backtest
