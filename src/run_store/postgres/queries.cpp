#include <algorithm>

#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

// Reads no wide row: the tables of queue and leases are small, and ended runs are counted by their indexes.
constexpr const char* count_runs = R"sql(
select (select count(*) from backtest.run_queue) as queued, (select count(*) from backtest.run_leases) as running,
  (select count(*) from backtest.runs where ended_status = 'completed')
    + (select count(*) from backtest.run_attempts)
    - (select count(*) from backtest.run_attempts where ending <> 'completed') as completed,
  (select count(*) from backtest.runs where ended_status = 'failed') as failed,
  (select count(*) from backtest.runs where ended_status = 'cancelled') as cancelled,
  (select extract(epoch from now() - min(available_at))::float8 from backtest.run_queue) as oldest_queued_s,
  (select extract(epoch from now() - min(r.started_at))::float8
    from backtest.run_leases l join backtest.runs r on r.run_id = l.run_id) as oldest_lease_s
)sql";

std::vector<RunRecord> records_of(PostgresRows result) {
  const RecordRows rows(std::move(result));
  std::vector<RunRecord> records;
  for (int row = 0; row < rows.size(); ++row) records.push_back(rows.record(row));
  return records;
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

}  // namespace

std::optional<RunRecord> PostgresRunStore::get(std::string_view run_id) {
  static const std::string sql =
      "select " + run_columns() +
      ", r.config_json, r.effective_config_json from backtest.run_records r where r.run_id = $1";
  if (has_nul(run_id)) return std::nullopt;
  return ask(StatementName::get, [&](PostgresConnection& connection) -> std::optional<RunRecord> {
    const RecordRows rows(connection.run(sql, {std::string(run_id)}), ConfigTexts::read);
    if (rows.size() == 0) return std::nullopt;
    return rows.record(0);
  });
}

std::vector<RunRecord> PostgresRunStore::get_many(const std::vector<std::string>& run_ids) {
  static const std::string sql =
      "select " + run_columns() + " from backtest.run_records r where r.run_id = any($1::text[])";
  std::vector<std::string> wanted;
  std::ranges::copy_if(run_ids, std::back_inserter(wanted), [](const std::string& id) { return !has_nul(id); });
  return ask(StatementName::get,
             [&](PostgresConnection& connection) { return records_of(connection.run(sql, {postgres_array(wanted)})); });
}

Counts PostgresRunStore::counts() {
  return ask(StatementName::counts, [](PostgresConnection& connection) {
    const auto rows = connection.run(count_runs);
    Counts counts;
    counts.queued = rows.integer(0, 0);
    counts.running = rows.integer(0, 1);
    counts.completed = rows.integer(0, 2);
    counts.failed = rows.integer(0, 3);
    counts.cancelled = rows.integer(0, 4);
    // The age is negative while every queued run is a retry whose time has not come.
    if (const auto age = rows.optional_real(0, 5)) counts.oldest_queued_s = std::max(*age, 0.0);
    counts.oldest_lease_s = rows.optional_real(0, 6);
    return counts;
  });
}

std::int64_t PostgresRunStore::queued_of(std::string_view submitter, std::int64_t at_most) {
  constexpr const char* sql = R"sql(
select count(*) from (select from backtest.run_queue where submitter = $1 limit $2::bigint) q
)sql";
  return ask(StatementName::counts, [&](PostgresConnection& connection) {
    return connection.run(sql, {std::string(submitter), std::to_string(at_most)}).integer(0, 0);
  });
}

// How many runs are claimed before this one. All of a higher priority are; those of the same priority take turns by
// submitter, so each other submitter has as many turns as this run's own submitter has runs before it, and one more
// where its first run has waited longer. The statement steps along the queue's key from one submitter to the next and
// reads no more rows of each than count.
std::optional<std::int64_t> PostgresRunStore::queued_before(const RunRecord& run, std::int64_t at_most) {
  constexpr const char* sql = R"sql(
with recursive own as (
  select r.submitter, -coalesce(r.priority, 0) as rank, coalesce(r.available_at, r.submitted_at) as due
  from backtest.runs r where r.run_id = $1 and r.status = 'queued'),
ahead as materialized (
  select count(*) as runs from (
    select from own join backtest.run_queue q
      on q.submitter = own.submitter and q.rank = own.rank and q.available_at < own.due
    order by q.available_at limit $2::bigint) x),
head as (
  select (select q.available_at from backtest.run_queue q where q.submitter = own.submitter and q.rank = own.rank
    order by q.available_at limit 1) as due from own),
s as (
  (select submitter from backtest.run_queue order by submitter limit 1)
  union all
  select (select q.submitter from backtest.run_queue q where q.submitter > s.submitter order by q.submitter limit 1)
  from s where s.submitter is not null)
select count(*) from (
  select from own cross join ahead cross join head cross join s cross join lateral (
    (select from backtest.run_queue q where q.submitter = s.submitter and q.rank < own.rank
      order by q.rank, q.available_at limit $2::bigint)
    union all
    (select from backtest.run_queue q where q.submitter = s.submitter and q.rank = own.rank
      order by q.available_at limit case when s.submitter = own.submitter then ahead.runs
        else ahead.runs + case when (select o.available_at from backtest.run_queue o
          where o.submitter = s.submitter and o.rank = own.rank order by o.available_at limit 1) < head.due
          then 1 else 0 end end)) x
  where s.submitter is not null limit $2::bigint) y
having exists (select from own)
)sql";
  return ask(StatementName::counts, [&](PostgresConnection& connection) -> std::optional<std::int64_t> {
    const auto rows = connection.run(sql, {run.run_id, std::to_string(at_most)});
    if (rows.size() == 0) return std::nullopt;
    return rows.integer(0, 0);
  });
}

std::vector<RunEvent> PostgresRunStore::events(std::string_view run_id, std::int64_t after_sequence) {
  static const std::string sql = "select sequence, run_id, state, epoch, detail, " + micros_of("at") + R"sql( as at
from backtest.run_events where run_id = $1 and sequence > $2::bigint order by sequence
)sql";
  return ask(StatementName::events, [&](PostgresConnection& connection) {
    const auto rows = connection.run(sql, {std::string(run_id), std::to_string(after_sequence)});
    std::vector<RunEvent> events;
    for (int row = 0; row < rows.size(); ++row) {
      events.push_back({.sequence = rows.integer(row, rows.column("sequence")),
                        .run_id = std::string(rows.text(row, rows.column("run_id"))),
                        .at = rows.integer(row, rows.column("at")),
                        .state = parse_run_state(rows.text(row, rows.column("state"))).value_or(RunState::queued),
                        .epoch = rows.integer(row, rows.column("epoch")),
                        .detail = std::string(rows.text(row, rows.column("detail")))});
    }
    return events;
  });
}

std::optional<Lease> PostgresRunStore::current_lease(std::string_view run_id) {
  return ask(StatementName::current_lease, [&](PostgresConnection& connection) -> std::optional<Lease> {
    const auto rows =
        connection.run("select epoch, replace(token::text, '-', '') from backtest.run_leases where run_id = $1",
                       {std::string(run_id)});
    if (rows.size() == 0) return std::nullopt;
    return Lease{std::string(run_id), rows.integer(0, 0), std::string(rows.text(0, 1))};
  });
}

}  // namespace backtest
