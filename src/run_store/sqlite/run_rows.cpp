#include "run_store/sqlite/run_rows.hpp"

#include <string>

#include "base/assertion.hpp"
#include "run_store/record_reader.hpp"
#include "run_store/run_tags.hpp"

namespace backtest {

namespace {

RunState state_of(std::string_view text) {
  const auto state = parse_run_state(text);
  BACKTEST_ASSERT(state.has_value(), "the schema admits the five states only");
  return *state;
}

// A lease counts from the machine's start, so one of an earlier start has expired (expires_at 0).
constexpr const char* find_by_run_id = R"sql(
select r.id as id, r.submitter as submitter, -r.priority as rank, r.status as status, r.lease_epoch as lease_epoch,
  r.lease_token as lease_token, iif(l.boot = ?2, l.expires_uptime, 0) as expires_at, r.lease_end as lease_end,
  r.cancel_requested as cancel_requested, r.attempts as attempts, r.lost_attempts as lost_attempts,
  r.failed_attempts as failed_attempts
from run_records r left join run_leases l on l.run = r.id where r.run_id = ?1
)sql";
constexpr const char* configs_of_run = R"sql(
select config_json, effective_config_json from run_configs where run = ?1
)sql";
constexpr const char* insert_configs = R"sql(
insert into run_configs (run, config_json, effective_config_json) values (?, ?, ?)
)sql";
constexpr const char* insert_queue_row = R"sql(
insert into run_queue (run, rank, submitter, available_at) values (?, ?, ?, ?)
)sql";
constexpr const char* insert_lane = R"sql(
insert or ignore into run_lanes (rank, submitter, turn)
select ?1, ?2, coalesce(max(turn), 0) + 1 from run_lanes where rank = ?1
)sql";
constexpr const char* remove_empty_lane = R"sql(
delete from run_lanes where rank = ?1 and submitter = ?2
  and not exists (select 1 from run_queue where rank = ?1 and submitter = ?2)
)sql";
constexpr const char* insert_event = R"sql(
insert into run_events (run, at, status, epoch, detail) values (?, ?, ?, ?, ?)
)sql";

}  // namespace

std::optional<RunRow> find_run(SqliteConnection& connection, const Moment& now, std::string_view run_id) {
  auto rows = connection.query(find_by_run_id, run_id, now.boot);
  if (!rows.next()) return std::nullopt;
  RunRow run;
  run.id = rows.integer("id");
  run.run_id = run_id;
  run.submitter = rows.text("submitter");
  run.rank = rows.integer("rank");
  run.lease.state = state_of(rows.text("status"));
  run.lease.epoch = rows.integer("lease_epoch");
  run.lease.token = rows.text("lease_token");
  run.lease.expires_at = rows.integer("expires_at");
  run.lease.end = parse_lease_end(rows.text("lease_end"));
  run.lease.cancel_requested = rows.integer("cancel_requested") != 0;
  run.lease.attempts = static_cast<int>(rows.integer("attempts"));
  run.lease.lost_attempts = static_cast<int>(rows.integer("lost_attempts"));
  run.lease.failed_attempts = static_cast<int>(rows.integer("failed_attempts"));
  return run;
}

std::optional<RunRecord> read_record(SqliteConnection& connection, std::int64_t id) {
  auto rows = connection.query("select * from shown_runs where id = ?", id);
  if (!rows.next()) return std::nullopt;
  return RecordReader(rows).read(rows);
}

void read_configs(SqliteConnection& connection, std::int64_t id, RunRecord& record) {
  auto rows = connection.query(configs_of_run, id);
  if (!rows.next()) return;
  record.config_json = rows.text("config_json");
  record.effective_config_json = rows.text("effective_config_json");
}

namespace {

void bind_column(SqliteRows& statement, RunState state) {
  statement.bind_next(to_text(state));
}
void bind_column(SqliteRows& statement, const std::optional<ArtifactPointer>& pointer) {
  statement.bind_next(pointer ? std::optional(pointer->prefix) : std::nullopt);
}
void bind_column(SqliteRows& statement, const std::vector<std::string>& tags) {
  statement.bind_next(tags_text(tags));
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
  connection.run(insert_configs, id, record.config_json, record.effective_config_json);
  return id;
}

void enqueue(SqliteConnection& connection, const RunRow& run, StoreTime available_at) {
  connection.run(insert_queue_row, run.id, run.rank, run.submitter, available_at);
  connection.run(insert_lane, run.rank, run.submitter);
}

void dequeue(SqliteConnection& connection, const RunRow& run) {
  connection.run("delete from run_queue where run = ?", run.id);
  connection.run(remove_empty_lane, run.rank, run.submitter);
}

void append_event(SqliteConnection& connection, std::int64_t id, StoreTime at, RunState state, std::int64_t epoch,
                  std::string_view detail) {
  connection.run(insert_event, id, at, to_text(state), epoch, detail);
}

}  // namespace backtest
