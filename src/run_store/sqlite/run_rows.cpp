#include "run_store/sqlite/run_rows.hpp"

#include <string>

#include "base/assertion.hpp"
#include "run_store/record_reader.hpp"

namespace backtest {

namespace {

RunState state_of(std::string_view text) {
  const auto state = parse_run_state(text);
  BACKTEST_ASSERT(state.has_value(), "the schema admits the five states only");
  return *state;
}

// What was leased before the machine was started anew has expired.
constexpr const char* find_by_run_id = R"sql(
select r.id, r.submitter, -r.priority, r.status, r.lease_epoch, r.lease_token,
  iif(l.boot = ?2, l.expires_uptime, 0), r.lease_end, r.cancel_requested, r.attempts, r.lost_attempts,
  r.failed_attempts
from run_records r left join run_leases l on l.run = r.id where r.run_id = ?1
)sql";

}  // namespace

std::optional<RunRow> find_run(SqliteConnection& connection, const Moment& now, std::string_view run_id) {
  auto rows = connection.query(find_by_run_id, run_id, now.boot);
  if (!rows.next()) return std::nullopt;
  RunRow run;
  run.id = rows.integer(0);
  run.run_id = run_id;
  run.submitter = rows.text(1);
  run.rank = rows.integer(2);
  run.lease.state = state_of(rows.text(3));
  run.lease.epoch = rows.integer(4);
  run.lease.token = rows.text(5);
  run.lease.expires_at = rows.integer(6);
  run.lease.end = parse_lease_end(rows.text(7));
  run.lease.cancel_requested = rows.integer(8) != 0;
  run.lease.attempts = static_cast<int>(rows.integer(9));
  run.lease.lost_attempts = static_cast<int>(rows.integer(10));
  run.lease.failed_attempts = static_cast<int>(rows.integer(11));
  return run;
}

std::optional<RunRecord> read_record(SqliteConnection& connection, std::int64_t id) {
  auto rows = connection.query("select * from shown_runs where id = ?", id);
  if (!rows.next()) return std::nullopt;
  return RecordReader(rows).read(rows);
}

void read_configs(SqliteConnection& connection, std::int64_t id, RunRecord& record) {
  auto rows = connection.query("select config_json, effective_config_json from run_configs where run = ?", id);
  if (!rows.next()) return;
  record.config_json = rows.text(0);
  record.effective_config_json = rows.text(1);
}

namespace {

void bind_column(SqliteRows& statement, RunState state) {
  statement.bind_next(to_text(state));
}
void bind_column(SqliteRows& statement, const std::optional<ArtifactPointer>& pointer) {
  statement.bind_next(pointer ? std::optional(pointer->prefix) : std::nullopt);
}
template <typename Value>
void bind_column(SqliteRows& statement, const Value& value) {
  statement.bind_next(value);
}

std::string insertion_of_all_columns() {
  std::string names, marks;
  const RunRecord any;
  for_each_run_column(any, false, [&](std::string_view name, RunFieldForm, const auto&) {
    names.append(name).append(", ");
    marks += "?, ";
  });
  return "insert into run_records (" + names.append(artifact_manifest_name) + ") values (" + marks + "?)";
}

}  // namespace

std::int64_t insert_record(SqliteConnection& connection, const RunRecord& record) {
  static const std::string sql = insertion_of_all_columns();
  {
    auto statement = connection.query(sql);
    for_each_run_column(record, false,
                        [&](std::string_view, RunFieldForm, const auto& value) { bind_column(statement, value); });
    statement.bind_next(record.artifacts ? std::optional(record.artifacts->manifest_sha256) : std::nullopt);
    while (statement.next()) continue;
  }
  const std::int64_t id = connection.last_insert_id();
  connection.run("insert into run_configs (run, config_json, effective_config_json) values (?, ?, ?)", id,
                 record.config_json, record.effective_config_json);
  return id;
}

void enqueue(SqliteConnection& connection, const RunRow& run, StoreTime available_at) {
  connection.run("insert into run_queue (run, rank, submitter, available_at) values (?, ?, ?, ?)", run.id, run.rank,
                 run.submitter, available_at);
  connection.run(
      "insert or ignore into run_lanes (rank, submitter, turn) "
      "select ?1, ?2, coalesce(max(turn), 0) + 1 from run_lanes where rank = ?1",
      run.rank, run.submitter);
}

void dequeue(SqliteConnection& connection, const RunRow& run) {
  connection.run("delete from run_queue where run = ?", run.id);
  connection.run(
      "delete from run_lanes where rank = ?1 and submitter = ?2 "
      "and not exists (select 1 from run_queue where rank = ?1 and submitter = ?2)",
      run.rank, run.submitter);
}

void append_event(SqliteConnection& connection, std::int64_t id, StoreTime at, RunState state, std::int64_t epoch,
                  std::string_view detail) {
  connection.run("insert into run_events (run, at, status, epoch, detail) values (?, ?, ?, ?, ?)", id, at,
                 to_text(state), epoch, detail);
}

}  // namespace backtest
