#include "run_store/sqlite/python_service_takeover.hpp"

#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/utc_time.hpp"
#include "run_store/sqlite/run_rows.hpp"

namespace backtest {

namespace {

struct OldRun {
  std::string run_id, status, submitted_at;
  std::optional<std::string> started_at, completed_at, run_name, start_date, end_date, adls_container, adls_prefix,
      error;
  std::string config_json, effective_config_json;
};

OldRun old_run_of(const SqliteRows& rows) {
  return {.run_id = rows.text(0),
          .status = rows.text(1),
          .submitted_at = rows.text(2),
          .started_at = rows.optional_text(3),
          .completed_at = rows.optional_text(4),
          .run_name = rows.optional_text(5),
          .start_date = rows.optional_text(6),
          .end_date = rows.optional_text(7),
          .adls_container = rows.optional_text(8),
          .adls_prefix = rows.optional_text(9),
          .error = rows.optional_text(10),
          .config_json = rows.text(11),
          .effective_config_json = rows.text(12)};
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
  const RunState state = state_of(old);
  const bool is_queued = state == RunState::queued;
  // Results of the old service lie directly in the run's directory: an empty prefix.
  const auto prefix = state == RunState::completed ? std::optional<std::string>("") : std::nullopt;
  connection.run(
      "insert into run_records (run_id, status, submitted_at, started_at, completed_at, run_name, start_date, "
      "end_date, output_dir, adls_container, adls_prefix, error, config_sha256, submitter, priority, "
      "artifact_prefix, manifest_sha256, progress) "
      "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 'anonymous', 0, ?, ?, ?)",
      old.run_id, to_text(state), time_of(old.submitted_at).value_or(0),
      is_queued ? std::nullopt : time_of(old.started_at), is_queued ? std::nullopt : time_of(old.completed_at),
      old.run_name, old.start_date, old.end_date, old.run_id, old.adls_container, old.adls_prefix,
      is_queued ? std::nullopt : old.error, prefix, prefix, state == RunState::completed ? 1.0 : 0.0);
  RunRow run;
  run.id = connection.last_insert_id();
  run.submitter = "anonymous";
  connection.run("insert into run_configs (run, config_json, effective_config_json) values (?, ?, ?)", run.id,
                 old.config_json, old.effective_config_json);
  if (is_queued) enqueue(connection, run, now);
  append_event(connection, run.id, now, state, 0, "taken over from the previous service, where it was " + old.status);
}

}  // namespace

bool has_python_service_runs(SqliteConnection& connection) {
  auto rows = connection.query(
      "select count(*) from pragma_table_info('runs') where name in ('run_id', 'status', 'submitted_at', 'started_at', "
      "'completed_at', 'run_name', 'start_date', 'end_date', 'output_dir', 'adls_container', 'adls_prefix', 'error', "
      "'config_json', 'effective_config_json')");
  return rows.next() && rows.integer(0) == 14;
}

void put_python_service_runs_aside(SqliteConnection& connection) {
  connection.execute("alter table runs rename to runs_of_python_service");
}

void take_over_python_service_runs(SqliteConnection& connection, StoreTime now) {
  std::int64_t taken = 0;
  {
    auto rows = connection.query(
        "select run_id, status, submitted_at, started_at, completed_at, run_name, start_date, end_date, "
        "adls_container, adls_prefix, error, config_json, effective_config_json from runs_of_python_service "
        "order by submitted_at, run_id");
    for (; rows.next(); ++taken) insert_taken_over(connection, old_run_of(rows), now);
  }
  connection.execute("drop table runs_of_python_service");
  log_info("the run store of the previous service was taken over", {{"runs", taken}});
}

}  // namespace backtest
