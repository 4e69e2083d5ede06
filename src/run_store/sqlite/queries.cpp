#include "run_store/sqlite/queries.hpp"

#include <algorithm>

#include "base/assertion.hpp"
#include "run_store/sqlite/read_transaction.hpp"
#include "run_store/sqlite/run_rows.hpp"

namespace backtest::sqlite {

namespace {

constexpr double microseconds_per_second = 1e6;

std::optional<double> age_s(SqliteConnection& connection, StoreTime now, std::string_view sql) {
  auto rows = connection.query(sql);
  if (!rows.next() || rows.is_null(0)) return std::nullopt;
  return std::max(0.0, static_cast<double>(now - rows.integer(0)) / microseconds_per_second);
}

std::optional<std::int64_t> id_of(SqliteConnection& connection, std::string_view run_id) {
  auto rows = connection.query("select id from run_records where run_id = ?", run_id);
  if (!rows.next()) return std::nullopt;
  return rows.integer(0);
}

}  // namespace

std::optional<RunRecord> get(SqliteConnection& connection, std::string_view run_id) {
  const ReadTransaction transaction(connection);
  const auto id = id_of(connection, run_id);
  if (!id) return std::nullopt;
  auto record = read_record(connection, *id);
  read_configs(connection, *id, *record);
  return record;
}

std::vector<RunRecord> get_many(SqliteConnection& connection, const std::vector<std::string>& run_ids) {
  const ReadTransaction transaction(connection);
  std::vector<RunRecord> records;
  records.reserve(run_ids.size());
  for (const std::string& run_id : run_ids) {
    if (const auto id = id_of(connection, run_id)) records.push_back(*read_record(connection, *id));
  }
  return records;
}

Counts counts(SqliteConnection& connection, const Moment& now) {
  const ReadTransaction transaction(connection);
  Counts counts;
  auto rows = connection.query("select status, runs from run_counts");
  while (rows.next()) {
    const std::int64_t runs = rows.integer(1);
    switch (*parse_run_state(rows.text(0))) {
      case RunState::queued:
        counts.queued = runs;
        break;
      case RunState::running:
        counts.running = runs;
        break;
      case RunState::completed:
        counts.completed = runs;
        break;
      case RunState::failed:
        counts.failed = runs;
        break;
      case RunState::cancelled:
        counts.cancelled = runs;
        break;
    }
  }
  // Rows are numbered in the order of submission, so the first in the queue is the oldest.
  counts.oldest_queued_s = age_s(connection, now.utc,
                                 "select r.submitted_at from run_queue q join run_records r on r.id = q.run "
                                 "order by q.run limit 1");
  counts.oldest_lease_s = age_s(connection, now.uptime, "select min(claimed_uptime) from run_leases");
  return counts;
}

std::vector<RunEvent> events(SqliteConnection& connection, std::string_view run_id, std::int64_t after_sequence) {
  std::vector<RunEvent> found;
  auto rows = connection.query(
      "select e.sequence, e.at, e.status, e.epoch, e.detail from run_records r join run_events e on e.run = r.id "
      "where r.run_id = ? and e.sequence > ? order by e.sequence",
      run_id, after_sequence);
  while (rows.next()) {
    found.push_back({.sequence = rows.integer(0),
                     .run_id = std::string(run_id),
                     .at = rows.integer(1),
                     .state = *parse_run_state(rows.text(2)),
                     .epoch = rows.integer(3),
                     .detail = rows.text(4)});
  }
  return found;
}

std::optional<Lease> current_lease(SqliteConnection& connection, std::string_view run_id) {
  auto rows = connection.query(
      "select run_id, lease_epoch, lease_token from run_records where run_id = ? and status = 'running'", run_id);
  if (!rows.next()) return std::nullopt;
  return Lease{rows.text(0), rows.integer(1), rows.text(2)};
}

bool has_queued(SqliteConnection& connection) {
  return connection.query("select 1 from run_queue limit 1").next();
}

bool has_expired_lease(SqliteConnection& connection, const Moment& now) {
  return connection
      .query("select 1 from run_leases where boot <> ?1 or expires_uptime <= ?2 limit 1", now.boot, now.uptime)
      .next();
}

}  // namespace backtest::sqlite
