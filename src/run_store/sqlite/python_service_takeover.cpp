#include "run_store/sqlite/python_service_takeover.hpp"

#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/utc_time.hpp"
#include "run_store/sqlite/run_rows.hpp"

namespace backtest {

namespace {

// Fourteen where the table is that service's.
constexpr const char* known_columns = R"sql(
select count(*) as found from pragma_table_info('runs') where name in ('run_id', 'status', 'submitted_at', 'started_at',
  'completed_at', 'run_name', 'start_date', 'end_date', 'output_dir', 'adls_container', 'adls_prefix', 'error',
  'config_json', 'effective_config_json')
)sql";
constexpr const char* indexes_of_old_table = R"sql(
select name from sqlite_schema
where type = 'index' and tbl_name = 'runs_of_python_service' and sql is not null
)sql";
constexpr const char* old_runs = R"sql(
select run_id, status, submitted_at, started_at, completed_at, run_name, start_date, end_date, adls_container,
  adls_prefix, error, config_json, effective_config_json
from runs_of_python_service order by submitted_at, run_id
)sql";

struct OldRun {
  std::string run_id, status, submitted_at;
  std::optional<std::string> started_at, completed_at, run_name, start_date, end_date, adls_container, adls_prefix,
      error;
  std::string config_json, effective_config_json;
};

OldRun old_run_of(const SqliteRows& rows) {
  return {.run_id = rows.text("run_id"),
          .status = rows.text("status"),
          .submitted_at = rows.text("submitted_at"),
          .started_at = rows.optional_text("started_at"),
          .completed_at = rows.optional_text("completed_at"),
          .run_name = rows.optional_text("run_name"),
          .start_date = rows.optional_text("start_date"),
          .end_date = rows.optional_text("end_date"),
          .adls_container = rows.optional_text("adls_container"),
          .adls_prefix = rows.optional_text("adls_prefix"),
          .error = rows.optional_text("error"),
          .config_json = rows.text("config_json"),
          .effective_config_json = rows.text("effective_config_json")};
}

// STO-5: times are UTC; some are written without saying so.
std::optional<StoreTime> time_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  const auto time = parse_utc(*text);
  return time ? time : parse_utc(*text + "+00:00");
}

RunState state_of(const OldRun& old) {
  const auto state = parse_run_state(old.status);
  if (!state) return RunState::failed;
  return *state == RunState::running ? RunState::queued : *state;
}

void insert_taken_over(SqliteConnection& connection, const OldRun& old, StoreTime now) {
  RunRecord record;
  record.state = state_of(old);
  const bool is_queued = record.state == RunState::queued;
  record.run_id = old.run_id;
  record.output_dir = old.run_id;
  record.submitted_at = time_of(old.submitted_at).value_or(0);
  if (!is_queued) {
    record.started_at = time_of(old.started_at);
    record.completed_at = time_of(old.completed_at);
    record.error = old.error;
  }
  record.run_name = old.run_name;
  record.start_date = old.start_date;
  record.end_date = old.end_date;
  record.adls_container = old.adls_container;
  record.adls_prefix = old.adls_prefix;
  record.config_json = old.config_json;
  record.effective_config_json = old.effective_config_json;
  record.submitter = "anonymous";
  record.revision = 1;
  if (record.state == RunState::completed) {
    record.artifacts = ArtifactPointer{};  // results of the old service lie directly in the run's directory
    record.progress = 1.0;
  }
  RunRow run;
  run.id = insert_record(connection, record);
  run.submitter = record.submitter;
  if (is_queued) enqueue(connection, run, now);
  append_event(connection, run.id, now, record.state, 0,
               "taken over from the previous service, where it was " + old.status);
}

}  // namespace

bool has_python_service_runs(SqliteConnection& connection) {
  auto rows = connection.query(known_columns);
  return rows.next() && rows.integer("found") == 14;
}

void put_python_service_runs_aside(SqliteConnection& connection) {
  connection.execute("alter table runs rename to runs_of_python_service");
  // That service makes missing indexes when it starts. It fails at that while `runs` is not its table, instead of
  // working on it, and succeeds once it has the table back.
  std::vector<std::string> indexes;
  {
    auto rows = connection.query(indexes_of_old_table);
    while (rows.next()) indexes.push_back(rows.text("name"));
  }
  for (const std::string& index : indexes) {
    std::string quoted;
    for (const char c : index) quoted.append(c == '"' ? 2 : 1, c);
    connection.execute("drop index \"" + quoted + "\"");
  }
}

void take_over_python_service_runs(SqliteConnection& connection, StoreTime now) {
  std::int64_t taken = 0;
  {
    auto rows = connection.query(old_runs);
    for (; rows.next(); ++taken) insert_taken_over(connection, old_run_of(rows), now);
  }
  log_info("the run store of the previous service was taken over", {{"runs", taken}});
}

}  // namespace backtest
