#include "run_store/sqlite/run_rows.hpp"

#include "base/assertion.hpp"

namespace backtest {

namespace {

RunState state_of(std::string_view text) {
  const auto state = parse_run_state(text);
  BACKTEST_ASSERT(state.has_value(), "the schema admits the five states only");
  return *state;
}

}  // namespace

std::optional<RunRow> find_run(SqliteConnection& connection, std::string_view run_id) {
  auto rows = connection.query(
      "select r.id, r.submitter, -r.priority, r.status, r.lease_epoch, r.lease_token, coalesce(l.expires_at, 0), "
      "r.lease_end, r.cancel_requested, r.attempts, r.lost_attempts, r.failed_attempts "
      "from run_records r left join run_leases l on l.run = r.id where r.run_id = ?",
      run_id);
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

std::string select_records(std::string_view from_and_where) {
  // A held run's progress is in its lease; what the record keeps is that of the last attempt.
  return "select r.run_id, r.status, r.submitted_at, r.started_at, r.completed_at, r.run_name, r.start_date, "
         "r.end_date, r.output_dir, r.adls_container, r.adls_prefix, r.error, r.error_code, r.config_sha256, "
         "r.submitter, r.priority, r.revision, r.attempts, r.lost_attempts, r.failed_attempts, r.cancel_requested, "
         "r.artifact_prefix, r.manifest_sha256, r.total_return, r.annualized_return, r.annualized_volatility, "
         "r.sharpe_ratio, r.max_drawdown, r.final_equity, r.trades, coalesce(l.progress, r.progress), "
         "iif(l.run is null, r.progress_date, l.progress_date), coalesce(l.bars_per_second, r.bars_per_second) " +
         std::string(from_and_where);
}

RunRecord record_of(const SqliteRows& rows) {
  RunRecord record;
  int column = 0;
  record.run_id = rows.text(column++);
  record.state = state_of(rows.text(column++));
  record.submitted_at = rows.integer(column++);
  record.started_at = rows.optional_integer(column++);
  record.completed_at = rows.optional_integer(column++);
  record.run_name = rows.optional_text(column++);
  record.start_date = rows.optional_text(column++);
  record.end_date = rows.optional_text(column++);
  record.output_dir = rows.text(column++);
  record.adls_container = rows.optional_text(column++);
  record.adls_prefix = rows.optional_text(column++);
  record.error = rows.optional_text(column++);
  record.error_code = rows.optional_text(column++);
  record.config_sha256 = rows.text(column++);
  record.submitter = rows.text(column++);
  record.priority = static_cast<int>(rows.integer(column++));
  record.revision = rows.integer(column++);
  record.attempts = static_cast<int>(rows.integer(column++));
  record.lost_attempts = static_cast<int>(rows.integer(column++));
  record.failed_attempts = static_cast<int>(rows.integer(column++));
  record.cancel_requested = rows.integer(column++) != 0;
  const auto prefix = rows.optional_text(column++);
  const auto manifest = rows.optional_text(column++);
  if (prefix) record.artifacts = ArtifactPointer{*prefix, manifest.value_or("")};
  record.numbers.total_return = rows.optional_real(column++);
  record.numbers.annualized_return = rows.optional_real(column++);
  record.numbers.annualized_volatility = rows.optional_real(column++);
  record.numbers.sharpe_ratio = rows.optional_real(column++);
  record.numbers.max_drawdown = rows.optional_real(column++);
  record.numbers.final_equity = rows.optional_real(column++);
  record.numbers.trades = rows.optional_integer(column++);
  record.progress = rows.real(column++);
  record.progress_date = rows.optional_text(column++);
  record.bars_per_second = rows.real(column++);
  return record;
}

std::optional<RunRecord> read_record(SqliteConnection& connection, std::int64_t id) {
  static const std::string sql =
      select_records("from run_records r left join run_leases l on l.run = r.id where r.id = ?");
  auto rows = connection.query(sql, id);
  if (!rows.next()) return std::nullopt;
  return record_of(rows);
}

void read_configs(SqliteConnection& connection, std::int64_t id, RunRecord& record) {
  auto rows = connection.query("select config_json, effective_config_json from run_configs where run = ?", id);
  if (!rows.next()) return;
  record.config_json = rows.text(0);
  record.effective_config_json = rows.text(1);
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
