#include "run_store/sqlite/run_rows.hpp"
#include "run_store/sqlite/transitions.hpp"

namespace backtest::sqlite {

namespace {

constexpr const char* cancel_queued = R"sql(
update run_records set status = 'cancelled', cancel_requested = 1, completed_at = ?2, revision = revision + 1
where id = ?1
)sql";
constexpr const char* ask_for_cancel = R"sql(
update run_records set cancel_requested = 1, revision = revision + 1 where id = ?1
)sql";

}  // namespace

CancelOutcome cancel(SqliteConnection& connection, const Moment& now, std::string_view run_id) {
  auto run = find_run(connection, now, run_id);
  if (!run) return CancelOutcome::not_found;
  const bool was_requested = run->lease.cancel_requested;
  const CancelOutcome outcome = cancel_run(run->lease);
  if (outcome == CancelOutcome::cancelled) {
    dequeue(connection, *run);
    connection.run(cancel_queued, run->id, now.utc);
    append_event(connection, run->id, now.utc, RunState::cancelled, run->lease.epoch, "cancelled while queued");
  } else if (outcome == CancelOutcome::requested && !was_requested) {
    connection.run(ask_for_cancel, run->id);
    append_event(connection, run->id, now.utc, RunState::running, run->lease.epoch, "cancel requested");
  }
  return outcome;
}

std::expected<void, RemoveError> remove(SqliteConnection& connection, const Moment& now, std::string_view run_id) {
  const auto run = find_run(connection, now, run_id);
  if (!run) return std::unexpected(RemoveError::not_found);
  if (!is_terminal(run->lease.state)) return std::unexpected(RemoveError::not_terminal);
  connection.run("delete from idempotency_keys where run = ?", run->id);
  connection.run("delete from run_events where run = ?", run->id);
  connection.run("delete from run_configs where run = ?", run->id);
  connection.run("delete from run_records where id = ?", run->id);
  return {};
}

}  // namespace backtest::sqlite
