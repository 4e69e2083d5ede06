// Every way in which a lease ends: by its holder's word, or by its expiry.

#include <string>

#include "base/assertion.hpp"
#include "run_store/run_fields.hpp"
#include "run_store/sqlite/run_rows.hpp"
#include "run_store/sqlite/transitions.hpp"

namespace backtest::sqlite {

namespace {

// What is queued again has not started, and has no progress; what is over keeps the last that was told, but for a NAV
// where the run has its final one. Parameters: 1 run, 2 status, 3 how the lease ended, 4 and 5 lost and failed
// attempts, 6 and 7 the reason, 8 whether it is over, 9 now.
constexpr const char* end_attempt = R"sql(
update run_records set status = ?2, lease_end = ?3, lost_attempts = ?4, failed_attempts = ?5, error_code = ?6,
  error = ?7, completed_at = iif(?8, ?9, null), started_at = iif(?8, started_at, null), revision = revision + 1,
  progress = iif(?2 = 'completed', 1.0, iif(?8, (select progress from run_leases where run = ?1), 0.0)),
  progress_date = iif(?8, (select progress_date from run_leases where run = ?1), null),
  progress_nav = iif(?8 and ?2 <> 'completed', (select progress_nav from run_leases where run = ?1), null),
  bars_per_second = iif(?8, (select bars_per_second from run_leases where run = ?1), 0.0)
where id = ?1
)sql";
constexpr const char* expired_leases = R"sql(
select r.run_id as run_id from run_leases l join run_records r on r.id = l.run
where l.boot <> ?1 or l.expires_uptime <= ?2 order by l.expires_uptime, l.run limit ?3
)sql";

struct Reason {  // why a run failed
  std::string code, message;
};

// Writes what the protocol decided: the record's state, the end of the lease, and the queue row of a run that waits
// again.
void write_end(SqliteConnection& connection, const Moment& now, const RunRow& run, std::string_view detail,
               const std::optional<Reason>& reason, StoreTime available_at) {
  const RunState state = run.lease.state;
  const bool is_over = is_terminal(state);
  std::optional<std::string> code, message;
  if (state == RunState::failed && reason) {
    code = reason->code;
    message = reason->message;
  }
  connection.run(end_attempt, run.id, to_text(state), to_text(run.lease.end), run.lease.lost_attempts,
                 run.lease.failed_attempts, code, message, is_over, now.utc);
  connection.run("delete from run_leases where run = ?", run.id);
  if (!is_over) enqueue(connection, run, available_at);
  append_event(connection, run.id, now.utc, state, run.lease.epoch, detail);
}

// Finds the run, lets the protocol decide, and writes what was applied.
template <typename Decide, typename Write>
std::expected<RunRecord, WriteError> guarded(SqliteConnection& connection, const Moment& now, const Lease& lease,
                                             Decide&& decide, Write&& write) {
  auto run = find_run(connection, now, lease.run_id);
  const WriteAnswer answer = run ? decide(run->lease) : WriteAnswer::lease_lost;
  if (answer == WriteAnswer::lease_lost) return std::unexpected(WriteError::lease_lost);
  if (answer == WriteAnswer::applied) write(*run);
  return *read_record(connection, run->id);
}

std::string update_of_result() {
  std::string sql = R"sql(
update run_records set artifact_prefix = ?2, manifest_sha256 = ?3, adls_container = coalesce(?4, adls_container),
  adls_prefix = coalesce(?5, adls_prefix))sql";
  for_each_field(run_number_fields, [&](const auto& field) { sql.append(", ").append(field.name).append(" = ?"); });
  return sql + " where id = ?1";
}

void write_result(SqliteConnection& connection, std::int64_t id, const Completion& completion) {
  static const std::string sql = update_of_result();
  auto statement = connection.query(sql, id, completion.artifacts.prefix, completion.artifacts.manifest_sha256,
                                    completion.adls_container, completion.adls_prefix);
  for_each_field(run_number_fields, [&](const auto& field) { statement.bind_next(completion.numbers.*field.member); });
  while (statement.next()) continue;
}

}  // namespace

std::expected<RunRecord, WriteError> complete(SqliteConnection& connection, const Moment& now, const Lease& lease,
                                              const Completion& completion) {
  return guarded(
      connection, now, lease, [&](LeasedRun& run) { return complete_run(run, lease, now.uptime); },
      [&](const RunRow& run) {
        write_end(connection, now, run, "completed", std::nullopt, 0);
        write_result(connection, run.id, completion);
      });
}

std::expected<RunRecord, WriteError> fail(SqliteConnection& connection, const Moment& now, const Lease& lease,
                                          const Failure& failure) {
  const StoreTime delay = std::chrono::microseconds(failure.retry_delay).count();
  return guarded(
      connection, now, lease, [&](LeasedRun& run) { return fail_run(run, lease, now.uptime, failure); },
      [&](const RunRow& run) {
        const std::string detail =
            (run.lease.state == RunState::queued ? "will be tried again: " : "attempt failed: ") + failure.code;
        write_end(connection, now, run, detail, Reason{failure.code, failure.message}, delay > 0 ? now.utc + delay : 0);
      });
}

std::expected<RunRecord, WriteError> release(SqliteConnection& connection, const Moment& now, const Lease& lease) {
  return guarded(
      connection, now, lease, [&](LeasedRun& run) { return release_run(run, lease, now.uptime); },
      [&](const RunRow& run) { write_end(connection, now, run, "released", std::nullopt, 0); });
}

std::expected<RunRecord, WriteError> finish_cancel(SqliteConnection& connection, const Moment& now,
                                                   const Lease& lease) {
  return guarded(
      connection, now, lease, [&](LeasedRun& run) { return finish_cancel_of_run(run, lease, now.uptime); },
      [&](const RunRow& run) { write_end(connection, now, run, "cancelled", std::nullopt, 0); });
}

std::vector<std::string> reclaim(SqliteConnection& connection, const Moment& now, int limit, int max_lost_attempts) {
  std::vector<std::string> expired;
  {
    auto rows = connection.query(expired_leases, now.boot, now.uptime, limit);
    while (rows.next()) expired.push_back(rows.text("run_id"));
  }
  for (const std::string& run_id : expired) {
    RunRow run = *find_run(connection, now, run_id);
    const bool reclaimed = reclaim_run(run.lease, now.uptime, max_lost_attempts);
    BACKTEST_ASSERT(reclaimed, "the lease was read as expired in this transaction");
    const std::string times = std::to_string(run.lease.lost_attempts);
    write_end(connection, now, run, run.lease.state == RunState::failed ? "poisoned" : "lease lost",
              Reason{"poisoned", "the run lost its worker " + times + " times and is not tried again"}, 0);
  }
  return expired;
}

}  // namespace backtest::sqlite
