#include <optional>
#include <unordered_map>

#include "base/assertion.hpp"
#include "base/random_id.hpp"
#include "run_store/sqlite/run_rows.hpp"
#include "run_store/sqlite/transitions.hpp"

namespace backtest::sqlite {

namespace {

// No retry waits longer. One that would have to was queued before the clock was set back, and is due now.
constexpr StoreTime longest_wait = 3'600'000'000;

constexpr const char* running_by_submitter = R"sql(
select submitter, count(*) as runs from run_leases group by submitter
)sql";
constexpr const char* lanes_by_turn = R"sql(
select rank, submitter from run_lanes indexed by run_lane_turns order by rank, turn
)sql";
// Parameters: 1 rank, 2 submitter, 3 now, 4 now and the longest wait.
constexpr const char* first_due_of_lane = R"sql(
select run from run_queue indexed by run_queue_order
where rank = ?1 and submitter = ?2 and (available_at <= ?3 or available_at > ?4) order by run limit 1
)sql";
constexpr const char* lane_to_the_end = R"sql(
update run_lanes set turn = (select max(turn) + 1 from run_lanes where rank = ?1) where rank = ?1 and submitter = ?2
)sql";
constexpr const char* begin_attempt = R"sql(
update run_records set status = 'running', started_at = ?2, attempts = ?3, lease_epoch = ?4, lease_token = ?5,
  lease_end = 'none', revision = revision + 1, progress = 0, progress_date = null, progress_nav = null,
  bars_per_second = 0
where id = ?1
)sql";
constexpr const char* insert_lease = R"sql(
insert into run_leases (run, submitter, worker_id, claimed_uptime, expires_uptime, boot) values (?, ?, ?, ?, ?, ?)
)sql";

struct Head {  // the next run of a lane
  std::int64_t rank = 0;
  std::string submitter;
  std::int64_t run = 0;
};

using RunningBySubmitter = std::unordered_map<std::string, int>;

RunningBySubmitter count_running(SqliteConnection& connection) {
  RunningBySubmitter running;
  auto rows = connection.query(running_by_submitter);
  while (rows.next()) running[rows.text("submitter")] = static_cast<int>(rows.integer("runs"));
  return running;
}

// The first lane, by rank and turn, whose submitter may run one more and which has a run that is due.
std::optional<Head> next_head(SqliteConnection& connection, const Moment& now, const RunningBySubmitter& running,
                              int running_limit) {
  auto lanes = connection.query(lanes_by_turn);
  while (lanes.next()) {
    Head head{lanes.integer("rank"), lanes.text("submitter"), 0};
    if (running_limit > 0) {
      const auto its = running.find(head.submitter);
      if (its != running.end() && its->second >= running_limit) continue;
    }
    auto runs = connection.query(first_due_of_lane, head.rank, head.submitter, now.utc, now.utc + longest_wait);
    if (!runs.next()) continue;
    head.run = runs.integer("run");
    return head;
  }
  return std::nullopt;
}

ClaimedRun claim_head(SqliteConnection& connection, const Moment& now, const Head& head, const ClaimRequest& request) {
  std::string run_id;
  {
    auto rows = connection.query("select run_id from run_records where id = ?", head.run);
    BACKTEST_ASSERT(rows.next(), "a queue row has its record");
    run_id = rows.text("run_id");
  }
  RunRow run = *find_run(connection, now, run_id);
  const StoreTime duration = std::chrono::microseconds(request.lease_duration).count();
  claim_run(run.lease, random_hex(32), now.uptime + duration);
  connection.run(lane_to_the_end, head.rank, head.submitter);
  dequeue(connection, run);
  connection.run(begin_attempt, run.id, now.utc, run.lease.attempts, run.lease.epoch, run.lease.token);
  connection.run(insert_lease, run.id, run.submitter, request.worker_id, now.uptime, run.lease.expires_at, now.boot);
  append_event(connection, run.id, now.utc, RunState::running, run.lease.epoch, "claimed by " + request.worker_id);
  ClaimedRun claimed{.lease = {run_id, run.lease.epoch, run.lease.token}, .record = *read_record(connection, run.id)};
  read_configs(connection, run.id, claimed.record);
  return claimed;
}

}  // namespace

std::vector<ClaimedRun> claim(SqliteConnection& connection, const Moment& now, const ClaimRequest& request) {
  std::vector<ClaimedRun> claimed;
  RunningBySubmitter running;
  if (request.submitter_running_limit > 0) running = count_running(connection);
  while (static_cast<int>(claimed.size()) < request.limit) {
    const auto head = next_head(connection, now, running, request.submitter_running_limit);
    if (!head) break;
    claimed.push_back(claim_head(connection, now, *head, request));
    ++running[head->submitter];
  }
  return claimed;
}

}  // namespace backtest::sqlite
