#include "base/random_id.hpp"
#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

// The run that a key stands for, or nothing.
std::optional<std::expected<Submitted, SubmitError>> known_key(PostgresConnection& connection,
                                                               const Submission& submission) {
  static const std::string sql =
      "select " + run_columns() +
      ", r.body_sha256, r.config_json, r.effective_config_json from backtest.runs r left join backtest.run_leases l "
      "using (run_id) where r.submitter = $1 and r.idempotency_key = $2";
  if (!submission.idempotency_key) return std::nullopt;
  const auto rows = connection.run(sql, {submission.record.submitter, submission.idempotency_key});
  if (rows.size() == 0) return std::nullopt;
  if (rows.text(0, run_column_count) != submission.body_sha256) {
    return std::unexpected(SubmitError::idempotency_conflict);
  }
  Submitted known{record_of(rows, 0), true};
  known.record.config_json = rows.text(0, run_column_count + 1);
  known.record.effective_config_json = rows.text(0, run_column_count + 2);
  return known;
}

// Exact up to the limit, and dear only near it.
bool is_queue_full(PostgresConnection& connection, std::int64_t limit) {
  if (limit <= 0) return false;
  const auto rows =
      connection.run("select count(*) from (select from backtest.run_queue limit " + std::to_string(limit) + ") q");
  return rows.integer(0, 0) >= limit;
}

// One statement and one commit: the row, its queue row and its event (by the table's trigger).
std::optional<RunRecord> insert_run(PostgresConnection& connection, const Submission& submission,
                                    const std::string& token) {
  static const std::string sql =
      "insert into backtest.runs as r (run_id, status, run_name, start_date, end_date, output_dir, adls_container, "
      "adls_prefix, config_json, effective_config_json, config_sha256, submitter, priority, idempotency_key, "
      "body_sha256, submission_token) values ($1, 'queued', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::int, $13, "
      "$14, $15::uuid) on conflict do nothing returning " +
      returned_columns();
  const RunRecord& wanted = submission.record;
  const auto rows =
      connection.run(sql, {wanted.run_id, wanted.run_name, wanted.start_date, wanted.end_date, wanted.output_dir,
                           wanted.adls_container, wanted.adls_prefix, wanted.config_json, wanted.effective_config_json,
                           wanted.config_sha256, wanted.submitter, std::to_string(wanted.priority),
                           submission.idempotency_key, submission.body_sha256, token});
  if (rows.size() == 0) return std::nullopt;
  return record_of(rows, 0);
}

}  // namespace

std::expected<Submitted, SubmitError> PostgresRunStore::submit(const Submission& submission,
                                                               const SubmitLimits& limits) {
  using Answer = std::expected<Submitted, SubmitError>;
  const std::string token = random_hex(32);
  Answer answer = ask([&](PostgresConnection& connection) -> Answer {
    if (auto known = known_key(connection, submission)) {
      // Ours after all where the answer to the first try got lost.
      if (*known && (*known)->record.run_id == submission.record.run_id) {
        const auto own = connection.run("select submission_token = $2::uuid from backtest.runs where run_id = $1",
                                        {submission.record.run_id, token});
        if (own.size() && own.boolean(0, 0)) (*known)->existing = false;
      }
      return *known;
    }
    static const std::string by_id =
        "select " + run_columns() +
        ", r.submission_token is not distinct from $2::uuid from backtest.runs r left join "
        "backtest.run_leases l using (run_id) where r.run_id = $1";
    for (bool was_tried : {false, true}) {
      const auto rows = connection.run(by_id, {submission.record.run_id, token});
      if (rows.size() && rows.boolean(0, run_column_count)) return Submitted{record_of(rows, 0), false};
      if (rows.size()) return std::unexpected(SubmitError::duplicate_run_id);
      if (was_tried) break;
      if (is_queue_full(connection, limits.queue_limit)) return std::unexpected(SubmitError::queue_full);
      if (auto record = insert_run(connection, submission, token)) return Submitted{std::move(*record), false};
      if (auto known = known_key(connection, submission)) return *known;  // somebody else was faster
    }
    throw StoreUnavailable("a run appeared and vanished while it was submitted");
  });
  if (answer && !answer->existing) {
    answer->record.config_json = submission.record.config_json;
    answer->record.effective_config_json = submission.record.effective_config_json;
    look_from_the_start();
  }
  return answer;
}

}  // namespace backtest
