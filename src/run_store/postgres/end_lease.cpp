// Every way in which a lease ends, each one statement: it deletes the lease that matches (run, epoch, token) and has
// not expired, and only from that row goes on to the run, the queue and the audit.
#include <string>

#include "base/number_text.hpp"
#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

constexpr const char* held_lease =
    "l as (delete from backtest.run_leases where run_id = $1 and epoch = $2::bigint and token = $3::uuid "
    "and expires_at > now() returning *)";

// `state` and `end` are SQL over r (the run) and l (the lease).
struct Ending {
  std::string lease;
  std::string state;
  std::string end;
  std::string more;                             // further assignments
  std::string available_at = "r.submitted_at";  // keeps its place
  std::string detail;                           // SQL over r, the run after the change
};

std::string statement_of(const Ending& ending) {
  // What is queued again has not started, and has no progress; what is over keeps the last that was told.
  return "with " + ending.lease + ", decided as (select l.*, " + ending.state +
         " as next from l join backtest.runs r on r.run_id = l.run_id and r.status = 'running'), "
         "r as (update backtest.runs r set status = l.next, ended_status = nullif(l.next, 'queued'), lease_end = " +
         ending.end +
         ", completed_at = case when l.next = 'queued' then null else now() end, "
         "started_at = case when l.next = 'queued' then null else r.started_at end, "
         "available_at = case when l.next = 'queued' then " +
         ending.available_at +
         " else r.available_at end, revision = r.revision + 1, "
         "progress = case l.next when 'queued' then 0 when 'completed' then 1 else l.progress end, "
         "progress_date = case when l.next = 'queued' then null else l.progress_date end, "
         "bars_per_second = case when l.next = 'queued' then 0 else l.bars_per_second end" +
         ending.more +
         " from decided l where r.run_id = l.run_id returning r.*), "
         "queued as (insert into backtest.run_queue (submitter, rank, available_at, run_id) "
         "select submitter, -priority, available_at, run_id from r where status = 'queued'), "
         "audit as (insert into backtest.run_events (run_id, state, epoch, detail) "
         "select r.run_id, r.status, r.lease_epoch, " +
         ending.detail + " from r) select " + returned_columns() + " from r";
}

PostgresParameter number(const std::optional<double>& value) {
  if (!value) return std::nullopt;
  return number_text(*value);
}

// Runs the statement; where it changed nothing, looks whether this same lease ended this way before.
std::expected<RunRecord, WriteError> end_lease(PostgresConnection& connection, const std::string& sql,
                                               const Lease& lease, std::vector<PostgresParameter> more,
                                               const std::string& same_ends) {
  static const std::string by_lease =
      "select " + returned_columns() +
      " from backtest.runs r where run_id = $1 and lease_epoch = $2::bigint and lease_token = $3::uuid "
      "and lease_end = any($4::text[])";
  if (!is_lease_token(lease.token)) return std::unexpected(WriteError::lease_lost);
  std::vector<PostgresParameter> parameters{lease.run_id, std::to_string(lease.epoch), lease.token};
  for (PostgresParameter& parameter : more) parameters.push_back(std::move(parameter));
  auto rows = connection.run(sql, parameters);
  if (rows.size() == 0) {
    rows = connection.run(by_lease, {lease.run_id, std::to_string(lease.epoch), lease.token, same_ends});
  }
  if (rows.size() == 0) return std::unexpected(WriteError::lease_lost);
  return record_of(rows, 0);
}

}  // namespace

void PostgresRunStore::look_from_the_start() {
  const std::lock_guard lock(lanes_mutex_);
  lanes_found_ = {};
}

std::expected<RunRecord, WriteError> PostgresRunStore::complete(const Lease& lease, const Completion& completion) {
  static const std::string sql = statement_of(
      {.lease = held_lease,
       .state = "'completed'",
       .end = "'completed'",
       .more =
           ", artifact_prefix = $4, manifest_sha256 = $5, total_return = $6::float8, annualized_return = $7::float8, "
           "annualized_volatility = $8::float8, sharpe_ratio = $9::float8, max_drawdown = $10::float8, "
           "final_equity = $11::float8, trades = $12::bigint, adls_container = coalesce($13, r.adls_container), "
           "adls_prefix = coalesce($14, r.adls_prefix)",
       .detail = "'completed'"});
  const RunNumbers& n = completion.numbers;
  const PostgresParameter trades = n.trades ? PostgresParameter(std::to_string(*n.trades)) : std::nullopt;
  const std::vector<PostgresParameter> more{completion.artifacts.prefix,
                                            completion.artifacts.manifest_sha256,
                                            number(n.total_return),
                                            number(n.annualized_return),
                                            number(n.annualized_volatility),
                                            number(n.sharpe_ratio),
                                            number(n.max_drawdown),
                                            number(n.final_equity),
                                            trades,
                                            completion.adls_container,
                                            completion.adls_prefix};
  return ask(StatementName::complete,
             [&](PostgresConnection& connection) { return end_lease(connection, sql, lease, more, "{completed}"); });
}

std::expected<RunRecord, WriteError> PostgresRunStore::fail(const Lease& lease, const Failure& failure) {
  static const std::string is_last = "(not $6::boolean or r.failed_attempts + 1 >= $7::int)";
  static const std::string sql = statement_of(
      {.lease = held_lease,
       .state = "case when " + is_last + " then 'failed' when l.cancel_requested then 'cancelled' else 'queued' end",
       .end = "case when l.next = 'failed' then 'failed' else 'retried' end",
       .more = ", failed_attempts = r.failed_attempts + $6::boolean::int, "
               "error_code = case when l.next = 'failed' then $4 end, error = case when l.next = 'failed' then $5 end",
       .available_at =
           "case when $8::bigint > 0 then now() + $8::bigint * interval '1 microsecond' else r.submitted_at end",
       .detail = "case when r.status = 'queued' then 'will be tried again: ' else 'attempt failed: ' end || $4"});
  const std::vector<PostgresParameter> more{failure.code, failure.message, failure.retryable ? "t" : "f",
                                            std::to_string(failure.max_failed_attempts),
                                            std::to_string(std::chrono::microseconds(failure.retry_delay).count())};
  auto answer = ask(StatementName::fail, [&](PostgresConnection& connection) {
    return end_lease(connection, sql, lease, more, "{failed,retried}");
  });
  look_from_the_start();
  return answer;
}

std::expected<RunRecord, WriteError> PostgresRunStore::release(const Lease& lease) {
  static const std::string sql =
      statement_of({.lease = held_lease,
                    .state = "case when l.cancel_requested then 'cancelled' else 'queued' end",
                    .end = "'released'",
                    .detail = "'released'"});
  auto answer = ask(StatementName::release, [&](PostgresConnection& connection) {
    return end_lease(connection, sql, lease, {}, "{released}");
  });
  look_from_the_start();
  return answer;
}

std::expected<RunRecord, WriteError> PostgresRunStore::finish_cancel(const Lease& lease) {
  static const std::string sql = statement_of(
      {.lease = "l as (delete from backtest.run_leases where run_id = $1 and epoch = $2::bigint and token = $3::uuid "
                "and expires_at > now() and cancel_requested returning *)",
       .state = "'cancelled'",
       .end = "'cancelled'",
       .detail = "'cancelled'"});
  return ask(StatementName::finish_cancel,
             [&](PostgresConnection& connection) { return end_lease(connection, sql, lease, {}, "{cancelled}"); });
}

std::vector<std::string> PostgresRunStore::reclaim(int limit, int max_lost_attempts) {
  if (limit <= 0) return {};
  const std::string sql = statement_of(
      {.lease = "l as (delete from backtest.run_leases where expires_at <= now() and ctid = any(array(select ctid from "
                "backtest.run_leases where expires_at <= now() order by run_id for update skip locked limit " +
                std::to_string(limit) + ")) returning *)",
       .state = "case when l.cancel_requested then 'cancelled' when r.lost_attempts + 1 >= $1::int then 'failed' "
                "else 'queued' end",
       .end = "'lost'",
       .more = ", lost_attempts = r.lost_attempts + 1, "
               "error_code = case when l.next = 'failed' then 'poisoned' end, error = case when l.next = 'failed' then "
               "'the run lost its worker ' || (r.lost_attempts + 1) || ' times and is not tried again' end",
       .detail = "case when r.status = 'failed' then 'poisoned' else 'lease lost' end"});
  auto reclaimed = ask(StatementName::reclaim, [&](PostgresConnection& connection) {
    const auto rows = connection.run(sql, {std::to_string(max_lost_attempts)});
    std::vector<std::string> run_ids;
    for (int row = 0; row < rows.size(); ++row) run_ids.emplace_back(rows.text(row, 0));
    return run_ids;
  });
  if (!reclaimed.empty()) look_from_the_start();
  return reclaimed;
}

}  // namespace backtest
