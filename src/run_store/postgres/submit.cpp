#include "base/random_id.hpp"
#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {

constexpr const char* unique_violation = "23505";

// The run that a key stands for, or nothing.
std::optional<std::expected<Submitted, SubmitError>> known_key(PostgresConnection& connection,
                                                               const Submission& submission) {
  static const std::string sql = "select " + run_columns() +
                                 ", r.body_sha256, r.config_json, r.effective_config_json from backtest.run_records r "
                                 "where r.submitter = $1 and r.idempotency_key = $2";
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

// What a run is right after its submission.
RunRecord queued_record(const RunRecord& wanted, StoreTime submitted_at) {
  RunRecord record;
  record.run_id = wanted.run_id;
  record.submitted_at = submitted_at;
  record.run_name = wanted.run_name;
  record.start_date = wanted.start_date;
  record.end_date = wanted.end_date;
  record.output_dir = wanted.output_dir;
  record.adls_container = wanted.adls_container;
  record.adls_prefix = wanted.adls_prefix;
  record.config_sha256 = wanted.config_sha256;
  record.submitter = wanted.submitter;
  record.priority = wanted.priority;
  record.revision = 1;
  return record;
}

constexpr const char* next_transaction = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint";

// Exact up to the limit, and dear only near it.
std::int64_t count_queue(PostgresConnection& connection, std::int64_t limit, QueueRoom& room) {
  const auto rows =
      connection.run("select (select count(*) from (select from backtest.run_queue limit $1::bigint) q), " +
                         std::string(next_transaction),
                     {std::to_string(limit)});
  room.counted({.queued = rows.integer(0, 0), .next_transaction = rows.integer(0, 1)}, QueueRoom::Clock::now());
  return rows.integer(0, 0);
}

// One round trip and one commit: the row, and by the table's trigger its queue row. Nothing where the queue is full, or
// where the id or the key is taken. Counts the queue where `room` cannot tell that the limit is far.
std::optional<RunRecord> insert_run(PostgresConnection& connection, const Submission& submission,
                                    const std::string& token, std::int64_t queue_limit, QueueRoom& room) {
  static const std::string sql =
      "select " + micros_of("t") + ", n from (select " + next_transaction +
      ") s (n), backtest.submit_run($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::bytea, $11, $12, $13::int, $14, $15, "
      "$16::uuid, case when n >= $18::bigint and (n - $18::bigint) * " +
      std::to_string(QueueRoom::most_queued_by_one) + " + $19::bigint < $17::bigint then 0 else $17::bigint end) as t";
  if (room.needs_count(queue_limit, QueueRoom::Clock::now())) count_queue(connection, queue_limit, room);
  const QueueRoom::Count count = room.last_count();
  const RunRecord& wanted = submission.record;
  const PostgresParameter body = submission.idempotency_key ? PostgresParameter(submission.body_sha256) : std::nullopt;
  const PostgresParameter digest = digest_of(wanted.config_sha256);
  const PostgresParameter other_sha256 = digest ? std::nullopt : PostgresParameter(wanted.config_sha256);
  try {
    const auto rows = connection.run(
        sql, {wanted.run_id, wanted.run_name, wanted.start_date, wanted.end_date, wanted.output_dir,
              wanted.adls_container, wanted.adls_prefix, wanted.config_json, wanted.effective_config_json, digest,
              other_sha256, wanted.submitter, std::to_string(wanted.priority), submission.idempotency_key, body, token,
              std::to_string(queue_limit), std::to_string(count.next_transaction), std::to_string(count.queued)});
    room.saw(rows.integer(0, 1));
    if (rows.is_null(0, 0)) return std::nullopt;
    return queued_record(wanted, rows.integer(0, 0));
  } catch (const PostgresError& error) {
    if (error.sqlstate() != unique_violation) throw;
    return std::nullopt;
  }
}

}  // namespace

std::expected<Submitted, SubmitError> PostgresRunStore::submit(const Submission& submission,
                                                               const SubmitLimits& limits) {
  using Answer = std::expected<Submitted, SubmitError>;
  static const std::string by_id = "select " + run_columns() +
                                   ", r.submission_token is not distinct from $2::uuid from backtest.run_records r "
                                   "where r.run_id = $1";
  const std::string token = random_hex(32);
  Answer answer = ask(StatementName::submit, [&](PostgresConnection& connection) -> Answer {
    for (int tries = 0; tries < 3; ++tries) {
      if (auto record = insert_run(connection, submission, token, limits.queue_limit, queue_room_)) {
        return Submitted{std::move(*record), false};
      }
      const auto same = connection.run(by_id, {submission.record.run_id, token});
      // Ours after all, where the answer to an earlier try got lost.
      if (same.size() && same.boolean(0, run_column_count)) return Submitted{record_of(same, 0), false};
      if (auto known = known_key(connection, submission)) return *known;
      if (same.size()) return std::unexpected(SubmitError::duplicate_run_id);
      const bool is_full =
          limits.queue_limit > 0 && count_queue(connection, limits.queue_limit, queue_room_) >= limits.queue_limit;
      if (is_full) return std::unexpected(SubmitError::queue_full);
      // What stood in the way went away meanwhile.
    }
    throw StoreUnavailable("runs appear and vanish while one is submitted; try again");
  });
  if (answer && !answer->existing) {
    answer->record.config_json = submission.record.config_json;
    answer->record.effective_config_json = submission.record.effective_config_json;
    look_from_the_start();
  }
  return answer;
}

}  // namespace backtest
