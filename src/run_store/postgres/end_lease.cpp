// Every way in which a lease ends. Each starts by deleting the lease that matches (run, epoch, token) and has not
// expired, and only from that row goes on to the run, the queue and the row of the attempt. A completion, the usual
// end, is a function of the schema (backtest.complete_run); the others are one statement each.
#include <string>

#include "base/number_text.hpp"
#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

const std::string held_lease =
    "l as (delete from backtest.run_leases where hashtextextended(run_id, 0) = hashtextextended($1, 0) and run_id = $1 "
    "and epoch = $2::bigint and token = $3::uuid and expires_at > now()";

// `state` is SQL over r (the run) and l (the lease), `ending` over l with l.next, the state that was decided.
struct Ending {
  std::string lease;
  std::string state;
  std::string ending;
  std::string more;                   // further assignments
  std::string available_at = "null";  // keeps its place
  std::string error_code = "null";
};

std::string statement_of(const Ending& ending) {
  // What is queued again has not started, and has no progress; what is over keeps the last that was told.
  return "with " + ending.lease + " returning *), decided as (select l.*, r.submitted_at, r.started_at, " +
         ending.state +
         " as next from l join backtest.runs r on r.run_id = l.run_id and r.status = 'running'), "
         "r as (update backtest.runs r set status = l.next, ended_status = nullif(l.next, 'queued'), "
         "lease_epoch = l.epoch, attempts = coalesce(r.attempts, 0) + 1, revision = coalesce(r.revision, 1) + 2, "
         "completed_at = case when l.next = 'queued' then null else now() end, "
         "started_at = case when l.next = 'queued' then null else r.started_at end, "
         "available_at = case when l.next = 'queued' then " +
         ending.available_at +
         " else r.available_at end, "
         "progress = case when l.next = 'queued' then null else l.progress end, "
         "progress_date = case when l.next = 'queued' then null else l.progress_date end, "
         "bars_per_second = case when l.next = 'queued' then null else l.bars_per_second end" +
         ending.more +
         " from decided l where r.run_id = l.run_id returning r.*), "
         "queued as (" +
         enqueue_from("r where r.status = 'queued'") +
         "), ended as (insert into backtest.run_attempts (submitted_at, run_hash, claimed_at, ended_at, epoch, ending, "
         "state, token, worker_id, error_code) select l.submitted_at, hashtextextended(l.run_id, 0), l.started_at, "
         "now(), l.epoch, (" +
         ending.ending + ")::backtest.attempt_ending, nullif(l.next, " + ending.ending +
         ")::backtest.run_state, l.token, l.worker_id, " + ending.error_code +
         " from decided l join r using (run_id)) select " + returned_columns() + " from r";
}

PostgresParameter number(const std::optional<double>& value) {
  if (!value) return std::nullopt;
  return number_text(*value);
}

// Runs the statement; where it changed nothing, looks whether this same lease ended this way before and nobody has
// claimed the run since.
std::expected<RunRecord, WriteError> end_lease(PostgresConnection& connection, const std::string& sql,
                                               const Lease& lease, std::vector<PostgresParameter> more,
                                               const std::string& same_ends) {
  static const std::string by_lease =
      "select " + run_columns() +
      " from backtest.run_records r join backtest.run_attempts a on a.submitted_at = r.submitted_at and a.run_hash = "
      "hashtextextended(r.run_id, 0) where r.run_id = $1 and a.epoch = $2::bigint and a.token = $3::uuid and "
      "r.lease_epoch = a.epoch "
      "and a.ending = any($4::backtest.attempt_ending[])";
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
  static const std::string sql =
      "select " + run_columns() +
      " from backtest.complete_run($1, $2::bigint, $3::uuid, $4, $5, $6::bytea, $7::float8, $8::float8, $9::float8, "
      "$10::float8, $11::float8, $12::float8, $13::bigint, $14, $15) as r";
  if (!is_lease_token(lease.token)) return std::unexpected(WriteError::lease_lost);
  const RunNumbers& n = completion.numbers;
  const PostgresParameter trades = n.trades ? PostgresParameter(std::to_string(*n.trades)) : std::nullopt;
  const PostgresParameter digest = digest_of(completion.artifacts.manifest_sha256);
  const PostgresParameter other_sha256 =
      digest ? std::nullopt : PostgresParameter(completion.artifacts.manifest_sha256);
  const std::vector<PostgresParameter> parameters{lease.run_id,
                                                  std::to_string(lease.epoch),
                                                  lease.token,
                                                  completion.artifacts.prefix,
                                                  other_sha256,
                                                  digest,
                                                  number(n.total_return),
                                                  number(n.annualized_return),
                                                  number(n.annualized_volatility),
                                                  number(n.sharpe_ratio),
                                                  number(n.max_drawdown),
                                                  number(n.final_equity),
                                                  trades,
                                                  completion.adls_container,
                                                  completion.adls_prefix};
  return ask(StatementName::complete, [&](PostgresConnection& connection) -> std::expected<RunRecord, WriteError> {
    const auto rows = connection.run(sql, parameters);
    if (rows.size() == 0) return std::unexpected(WriteError::lease_lost);
    return record_of(rows, 0);
  });
}

std::expected<RunRecord, WriteError> PostgresRunStore::fail(const Lease& lease, const Failure& failure) {
  static const std::string is_last = "(not $6::boolean or coalesce(r.failed_attempts, 0) + 1 >= $7::int)";
  static const std::string sql = statement_of(
      {.lease = held_lease,
       .state = "case when " + is_last + " then 'failed' when l.cancel_requested then 'cancelled' else 'queued' end",
       .ending = "case when l.next = 'failed' then 'failed' else 'retried' end",
       .more = ", failed_attempts = coalesce(r.failed_attempts, 0) + $6::boolean::int, "
               "error_code = case when l.next = 'failed' then $4 end, error = case when l.next = 'failed' then $5 end",
       .available_at = "case when $8::bigint > 0 then now() + $8::bigint * interval '1 microsecond' end",
       .error_code = "$4"});
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
                    .ending = "'released'"});
  auto answer = ask(StatementName::release, [&](PostgresConnection& connection) {
    return end_lease(connection, sql, lease, {}, "{released}");
  });
  look_from_the_start();
  return answer;
}

std::expected<RunRecord, WriteError> PostgresRunStore::finish_cancel(const Lease& lease) {
  static const std::string sql =
      statement_of({.lease = held_lease + " and cancel_requested", .state = "'cancelled'", .ending = "'cancelled'"});
  return ask(StatementName::finish_cancel,
             [&](PostgresConnection& connection) { return end_lease(connection, sql, lease, {}, "{cancelled}"); });
}

std::vector<std::string> PostgresRunStore::reclaim(int limit, int max_lost_attempts) {
  if (limit <= 0) return {};
  const std::string sql = statement_of(
      {.lease = "l as (delete from backtest.run_leases where expires_at <= now() and ctid = any(array(select ctid from "
                "backtest.run_leases where expires_at <= now() order by run_id for update skip locked limit " +
                std::to_string(limit) + "))",
       .state = "case when l.cancel_requested then 'cancelled' when coalesce(r.lost_attempts, 0) + 1 >= $1::int "
                "then 'failed' else 'queued' end",
       .ending = "'lost'",
       .more = ", lost_attempts = coalesce(r.lost_attempts, 0) + 1, "
               "error_code = case when l.next = 'failed' then 'poisoned' end, error = case when l.next = 'failed' then "
               "'the run lost its worker ' || (coalesce(r.lost_attempts, 0) + 1) || ' times and is not tried again' "
               "end"});
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
