#include <fmt/format.h>

#include "base/random_id.hpp"
#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/run_columns.hpp"
#include "run_store/run_tags.hpp"

namespace backtest {

namespace {

constexpr const char* unique_violation = "23505";

// The run that a key stands for, or nothing.
std::optional<std::expected<Submitted, SubmitError>> known_key(PostgresConnection& connection,
                                                               const Submission& submission) {
  static const std::string sql = "select " + run_columns() + R"sql(
, r.body_sha256, r.config_json, r.effective_config_json
from backtest.run_records r where r.submitter = $1 and r.idempotency_key = $2
)sql";
  if (!submission.idempotency_key) return std::nullopt;
  const RecordRows rows(connection.run(sql, {submission.record.submitter, submission.idempotency_key}),
                        ConfigTexts::read);
  if (rows.size() == 0) return std::nullopt;
  if (rows.text(0, "body_sha256") != submission.body_sha256) {
    return std::unexpected(SubmitError::idempotency_conflict);
  }
  return Submitted{rows.record(0), true};
}

// Exact up to the limit, and dear only near it.
std::int64_t count_queue(PostgresConnection& connection, std::int64_t limit, QueueRoom& room) {
  const auto rows = connection.run(R"sql(
select (select count(*) from (select from backtest.run_queue limit $1::bigint) q),
  pg_snapshot_xmax(pg_current_snapshot())::text::bigint
)sql",
                                   {std::to_string(limit)});
  room.counted({.queued = rows.integer(0, 0), .next_transaction = rows.integer(0, 1)}, QueueRoom::Clock::now());
  return rows.integer(0, 0);
}

PostgresParameter parameter_of(const std::string& value) {
  return value;
}
PostgresParameter parameter_of(const std::optional<std::string>& value) {
  return value;
}
PostgresParameter parameter_of(const std::vector<std::string>& tags) {
  return tags_text(tags);
}
PostgresParameter parameter_of(int value) {
  return std::to_string(value);
}

FunctionCall submission_call(const Submission& submission, const std::string& token) {
  const RunRecord& wanted = submission.record;
  const PostgresParameter digest = digest_of(wanted.config_sha256);
  FunctionCall call("backtest.submit_run");
  const auto give = [&](const auto& field) {
    const bool is_digest = field.name == "config_sha256" && digest;
    call.with(field.name, is_digest ? std::nullopt : parameter_of(wanted.*field.member));
  };
  for_each_field(submitted_run_fields, give);
  for_each_field(config_run_fields, give);
  call.with("config_digest", digest)
      .with("idempotency_key", submission.idempotency_key)
      .with("body_sha256", submission.idempotency_key ? PostgresParameter(submission.body_sha256) : std::nullopt)
      .with("submission_token", token);
  return call;
}

// The same answer as of `submitting`, and the event where that made a run.
std::string with_audit_event(const std::string& submitting, const AuditEvent& event,
                             std::vector<PostgresParameter>& parameters) {
  return fmt::format(R"sql(
with submitted as materialized ({}),
audited as ({} select {} from submitted where submitted_at is not null)
select submitted_at, next from submitted
)sql",
                     submitting, insert_audit_events, audit_values(event, parameters));
}

// One round trip and one commit: the row, and by the table's trigger its queue row. Nothing where the queue is full, or
// where the id or the key is taken. Counts the queue where `room` cannot tell that the limit is far.
std::optional<RunRecord> insert_run(PostgresConnection& connection, const Submission& submission,
                                    const std::string& token, std::int64_t queue_limit, QueueRoom& room) {
  if (room.needs_count(queue_limit, QueueRoom::Clock::now())) count_queue(connection, queue_limit, room);
  const QueueRoom::Count count = room.last_count();
  FunctionCall call = submission_call(submission, token);
  // Since the queue was counted, each transaction that began has queued at most `most_queued_by_one` runs. While that
  // bound is below the limit, nothing is counted again. The text is safe to build: all are numbers of this program.
  call.with_expression("queue_limit",
                       fmt::format("case when s.next >= {0} and (s.next - {0}) * {1} + {2} < {3} then 0 else {3} end",
                                   count.next_transaction, QueueRoom::most_queued_by_one, count.queued, queue_limit));
  std::string sql = "select " + micros_of("t") +
                    " as submitted_at, s.next from (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint) "
                    "s (next), " +
                    call.sql() + " as t";
  std::vector<PostgresParameter> parameters = call.parameters();
  if (submission.audit_event) sql = with_audit_event(sql, *submission.audit_event, parameters);
  try {
    const auto rows = connection.run(sql, parameters);
    room.saw(rows.integer(0, 1));
    if (rows.is_null(0, 0)) return std::nullopt;
    return queued_record(submission.record, rows.integer(0, 0));
  } catch (const PostgresError& error) {
    if (error.sqlstate() != unique_violation) throw;
    return std::nullopt;
  }
}

}  // namespace

std::expected<Submitted, SubmitError> PostgresRunStore::submit(const Submission& submission,
                                                               const SubmitLimits& limits) {
  using Answer = std::expected<Submitted, SubmitError>;
  static const std::string by_id = "select " + run_columns() + R"sql(
, r.submission_token is not distinct from $2::uuid as is_this_one from backtest.run_records r where r.run_id = $1
)sql";
  const std::string token = random_hex(32);
  Answer answer = ask(StatementName::submit, [&](PostgresConnection& connection) -> Answer {
    for (int tries = 0; tries < 3; ++tries) {
      if (auto record = insert_run(connection, submission, token, limits.queue_limit, queue_room_)) {
        return Submitted{std::move(*record), false};
      }
      const RecordRows same(connection.run(by_id, {submission.record.run_id, token}));
      // The run with that id is this submission's, made by an earlier try whose answer got lost.
      if (same.size() && same.boolean(0, "is_this_one")) return Submitted{same.record(0), false};
      if (auto known = known_key(connection, submission)) return *known;
      if (same.size()) return std::unexpected(SubmitError::duplicate_run_id);
      const bool is_full =
          limits.queue_limit > 0 && count_queue(connection, limits.queue_limit, queue_room_) >= limits.queue_limit;
      if (is_full) return std::unexpected(SubmitError::queue_full);
      // Whatever prevented it is gone: another run with the id or the key was removed, or the queue has room again.
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
