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

std::vector<std::string> PostgresRunStore::first_queued(std::int64_t at_most) {
  return ask(StatementName::counts, [&](PostgresConnection& connection) {
    const auto rows = connection.run("select backtest.first_queued_runs($1)", {std::to_string(at_most)});
    std::vector<std::string> first;
    for (int row = 0; row < rows.size(); ++row) first.emplace_back(rows.text(row, 0));
    return first;
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
