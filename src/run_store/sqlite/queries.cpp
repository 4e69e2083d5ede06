#include "run_store/sqlite/queries.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "run_store/sqlite/read_transaction.hpp"
#include "run_store/sqlite/run_rows.hpp"

namespace backtest::sqlite {

namespace {

// Rows are numbered in the order of submission, so the first in the queue is the oldest. Not a join: in a file with
// statistics of an empty queue the planner would look all runs up in it.
constexpr const char* oldest_submission = R"sql(
select submitted_at as since from run_records where id = (select min(run) from run_queue)
)sql";
constexpr const char* oldest_claim = R"sql(
select min(claimed_uptime) as since from run_leases
)sql";
constexpr const char* events_of_run = R"sql(
select e.sequence as sequence, e.at as at, e.status as status, e.epoch as epoch, e.detail as detail
from run_records r join run_events e on e.run = r.id
where r.run_id = ?1 and e.sequence > ?2 order by e.sequence
)sql";
constexpr const char* lease_of_run = R"sql(
select run_id, lease_epoch, lease_token from run_records where run_id = ?1 and status = 'running'
)sql";
constexpr const char* any_expired_lease = R"sql(
select 1 from run_leases where boot <> ?1 or expires_uptime <= ?2 limit 1
)sql";
constexpr const char* queued_of_submitter = R"sql(
select count(*) as runs from (
  select 1 from run_lanes l cross join run_queue q where l.submitter = ?1 and q.rank = l.rank and q.submitter = ?1
  limit ?2)
)sql";
// Merges the lanes: the runs that are due next, one of each lane, wait in order, and each that is taken is followed by
// the next of its lane. The first ?2 of the queue are among those of the first ?2 lanes, which are never empty.
constexpr const char* first_of_queue = R"sql(
with recursive
  ahead (rank, round, turn, submitter, run) as (
    select l.rank, 0, l.turn, l.submitter, q.run
      from (select rank, turn, submitter from run_lanes indexed by run_lane_turns order by rank, turn limit ?1) l
      cross join run_queue q on q.run = (select f.run from run_queue f indexed by run_queue_order
        where f.rank = l.rank and f.submitter = l.submitter order by f.run limit 1)
    union all
    select a.rank, a.round + 1, a.turn, a.submitter, q.run
      from ahead a
      cross join run_queue q on q.run = (select n.run from run_queue n indexed by run_queue_order
        where n.rank = a.rank and n.submitter = a.submitter and n.run > a.run order by n.run limit 1)
    order by 1, 2, 3 limit ?1)
select r.run_id as run_id from ahead a cross join run_records r on r.id = a.run order by a.rank, a.round, a.turn
)sql";
constexpr double microseconds_per_second = 1e6;

std::optional<double> age_s(SqliteConnection& connection, StoreTime now, std::string_view sql) {
  auto rows = connection.query(sql);
  if (!rows.next() || rows.is_null("since")) return std::nullopt;
  return std::max(0.0, static_cast<double>(now - rows.integer("since")) / microseconds_per_second);
}

std::optional<std::int64_t> id_of(SqliteConnection& connection, std::string_view run_id) {
  auto rows = connection.query("select id from run_records where run_id = ?", run_id);
  if (!rows.next()) return std::nullopt;
  return rows.integer("id");
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
    const std::int64_t runs = rows.integer("runs");
    switch (*parse_run_state(rows.text("status"))) {
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
  counts.oldest_queued_s = age_s(connection, now.utc, oldest_submission);
  counts.oldest_lease_s = age_s(connection, now.uptime, oldest_claim);
  return counts;
}

std::int64_t queued_of(SqliteConnection& connection, std::string_view submitter, std::int64_t at_most) {
  auto rows = connection.query(queued_of_submitter, submitter, at_most);
  return rows.next() ? rows.integer("runs") : 0;
}

std::vector<std::string> first_queued(SqliteConnection& connection, std::int64_t at_most) {
  std::vector<std::string> first;
  auto rows = connection.query(first_of_queue, at_most);
  while (rows.next()) first.push_back(rows.text("run_id"));
  return first;
}

std::vector<RunEvent> events(SqliteConnection& connection, std::string_view run_id, std::int64_t after_sequence) {
  std::vector<RunEvent> found;
  auto rows = connection.query(events_of_run, run_id, after_sequence);
  while (rows.next()) {
    found.push_back({.sequence = rows.integer("sequence"),
                     .run_id = std::string(run_id),
                     .at = rows.integer("at"),
                     .state = *parse_run_state(rows.text("status")),
                     .epoch = rows.integer("epoch"),
                     .detail = rows.text("detail")});
  }
  return found;
}

std::optional<Lease> current_lease(SqliteConnection& connection, std::string_view run_id) {
  auto rows = connection.query(lease_of_run, run_id);
  if (!rows.next()) return std::nullopt;
  return Lease{rows.text("run_id"), rows.integer("lease_epoch"), rows.text("lease_token")};
}

bool has_queued(SqliteConnection& connection) {
  return connection.query("select 1 from run_queue limit 1").next();
}

bool has_expired_lease(SqliteConnection& connection, const Moment& now) {
  return connection.query(any_expired_lease, now.boot, now.uptime).next();
}

}  // namespace backtest::sqlite
