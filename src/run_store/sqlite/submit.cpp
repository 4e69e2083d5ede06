#include "base/assertion.hpp"
#include "run_store/run_fields.hpp"
#include "run_store/sqlite/access_rows.hpp"
#include "run_store/sqlite/run_rows.hpp"
#include "run_store/sqlite/transitions.hpp"

namespace backtest::sqlite {

namespace {

constexpr const char* run_of_key = R"sql(
select run, body_sha256 from idempotency_keys where submitter = ?1 and idempotency_key = ?2
)sql";
constexpr const char* insert_key = R"sql(
insert into idempotency_keys (submitter, idempotency_key, body_sha256, run) values (?, ?, ?, ?)
)sql";

std::expected<Submitted, SubmitError> known_key(SqliteConnection& connection, std::int64_t id,
                                                std::string_view known_body, std::string_view body) {
  if (known_body != body) return std::unexpected(SubmitError::idempotency_conflict);
  auto record = read_record(connection, id);
  BACKTEST_ASSERT(record.has_value(), "a key is removed with its run");
  read_configs(connection, id, *record);
  return Submitted{std::move(*record), true};
}

bool is_queue_full(SqliteConnection& connection, const SubmitLimits& limits) {
  if (limits.queue_limit <= 0) return false;
  auto rows = connection.query("select runs from run_counts where status = 'queued'");
  return rows.next() && rows.integer("runs") >= limits.queue_limit;
}

}  // namespace

std::expected<Submitted, SubmitError> submit(SqliteConnection& connection, const Moment& now,
                                             const Submission& submission, const SubmitLimits& limits) {
  const RunRecord& wanted = submission.record;
  if (submission.idempotency_key) {
    auto rows = connection.query(run_of_key, wanted.submitter, *submission.idempotency_key);
    if (rows.next()) {
      return known_key(connection, rows.integer("run"), rows.text("body_sha256"), submission.body_sha256);
    }
  }
  if (find_run(connection, now, wanted.run_id)) return std::unexpected(SubmitError::duplicate_run_id);
  if (is_queue_full(connection, limits)) return std::unexpected(SubmitError::queue_full);

  RunRecord record = queued_record(wanted, now.utc);
  RunRow run;
  run.id = insert_record(connection, record);
  run.submitter = wanted.submitter;
  run.rank = -std::int64_t{wanted.priority};
  enqueue(connection, run, 0);
  append_event(connection, run.id, now.utc, RunState::queued, 0, "submitted");
  if (submission.audit_event) append_audit(connection, now.utc, *submission.audit_event);
  if (submission.idempotency_key) {
    connection.run(insert_key, wanted.submitter, *submission.idempotency_key, submission.body_sha256, run.id);
  }
  return Submitted{std::move(record), false};
}

}  // namespace backtest::sqlite
