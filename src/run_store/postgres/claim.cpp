// Claims, fair between submitters. A claim looks at the head of each submitter's queue from where it last claimed, so
// that index entries of claimed runs which a held snapshot keeps alive are not read again; once a second, when nothing
// is found, and after a submission of this process it looks from the start.
#include <algorithm>

#include "base/random_id.hpp"
#include "run_store/postgres/ask.hpp"
#include "run_store/postgres/migrations.hpp"
#include "run_store/postgres/run_columns.hpp"

namespace backtest {

namespace {
constexpr int most_claimed_at_once = 8;
constexpr std::chrono::seconds lanes_age{1};
}  // namespace

void PostgresRunStore::find_lanes(PostgresConnection& connection) {
  // From one submitter to the next along the key: as many steps as submitters, however long their queues. Nothing is
  // found where the schema has gone beyond what this program understands.
  static const std::string sql =
      "with recursive s as ((select submitter from backtest.run_queue order by submitter limit 1) union all "
      "select (select q.submitter from backtest.run_queue q where q.submitter > s.submitter order by q.submitter limit "
      "1) "
      "from s where s.submitter is not null) select submitter from s where submitter is not null and (select "
      "oldest_compatible from backtest.schema_version) <= " +
      std::to_string(needed_schema_version);
  const auto rows = connection.run(sql);
  std::map<std::string, Lane> found;
  const std::lock_guard lock(lanes_mutex_);
  for (int row = 0; row < rows.size(); ++row) {
    const std::string submitter(rows.text(row, 0));
    const auto known = lanes_.find(submitter);
    found[submitter] = Lane{.served = known == lanes_.end() ? 0 : known->second.served};
  }
  lanes_ = std::move(found);
  lanes_found_ = std::chrono::steady_clock::now();
}

std::optional<std::string> PostgresRunStore::next_lane(PostgresConnection& connection, int submitter_running_limit,
                                                       bool& is_only_one) {
  std::vector<std::string> submitters, ranks, times;
  {
    const std::lock_guard lock(lanes_mutex_);
    for (const auto& [submitter, lane] : lanes_) {
      submitters.push_back(submitter);
      ranks.push_back(std::to_string(lane.available_at.empty() ? INT32_MIN : lane.rank));
      times.push_back(lane.available_at.empty() ? "-infinity" : lane.available_at);
    }
  }
  if (submitters.empty()) return std::nullopt;
  const std::string running = submitter_running_limit > 0
                                  ? "(select count(*) from backtest.run_leases l where l.submitter = s.submitter)"
                                  : "0";
  const auto rows =
      connection.run("select s.submitter, q.rank, " + running +
                         " from unnest($1::text[], $2::int[], $3::timestamptz[]) as s(submitter, rank, available_at), "
                         "lateral (select rank from backtest.run_queue q where q.submitter = s.submitter "
                         "and (q.rank, q.available_at) >= (s.rank, s.available_at) and q.available_at <= now() "
                         "order by q.rank, q.available_at, q.run_id limit 1) q",
                     {postgres_array(submitters), postgres_array(ranks), postgres_array(times)});
  const std::lock_guard lock(lanes_mutex_);
  std::optional<std::string> best;
  std::pair<std::int64_t, std::uint64_t> best_key;
  int eligible = 0;
  for (int row = 0; row < rows.size(); ++row) {
    if (submitter_running_limit > 0 && rows.integer(row, 2) >= submitter_running_limit) continue;
    ++eligible;
    const std::string submitter(rows.text(row, 0));
    const std::pair key{rows.integer(row, 1), lanes_[submitter].served};
    if (!best || key < best_key) {
      best = submitter;
      best_key = key;
    }
  }
  is_only_one = eligible == 1;
  return best;
}

std::vector<ClaimedRun> PostgresRunStore::claim_from(PostgresConnection& connection, const std::string& submitter,
                                                     const ClaimRequest& request, int limit,
                                                     const std::vector<std::string>& tokens) {
  std::string rank = std::to_string(INT32_MIN), available_at = "-infinity";
  {
    const std::lock_guard lock(lanes_mutex_);
    const Lane& lane = lanes_[submitter];
    if (!lane.available_at.empty()) {
      rank = std::to_string(lane.rank);
      available_at = lane.available_at;
    }
  }
  // The limit is literal: a generic plan for a parameter would read the whole queue. No join of whole tables: for each,
  // the planner would look up the ends of runs_pkey, past the dead entries of the runs that were claimed there.
  const std::string sql =
      "with picked as (delete from backtest.run_queue where ctid = any(array(select ctid from backtest.run_queue "
      "where submitter = $1 and (rank, available_at) >= ($2::int, $3::timestamptz) and available_at <= now() "
      "order by rank, available_at, run_id for update skip locked limit " +
      std::to_string(limit) +
      ")) returning run_id, rank, available_at), "
      "leased as (insert into backtest.run_leases (run_id, epoch, token, worker_id, submitter, expires_at) "
      "select p.run_id, r.epoch, ($4::uuid[])[row_number() over (order by p.rank, p.available_at, "
      "p.run_id)], "
      "$5, $1, now() + $6::bigint * interval '1 microsecond' from picked p, "
      "lateral (select lease_epoch + 1 as epoch from backtest.runs where run_id = p.run_id and status = 'queued' "
      "limit 1) r returning run_id, epoch, token), "
      "changed as (update backtest.runs r set status = 'running', started_at = now(), lease_epoch = r.lease_epoch + 1, "
      "lease_token = (select l.token from leased l where l.run_id = r.run_id), lease_end = 'none', attempts = "
      "r.attempts + 1, revision = r.revision + 1, "
      "progress = 0, progress_date = null, bars_per_second = 0 where r.run_id = any(array(select run_id from leased)) "
      "returning " +
      returned_columns() +
      ", r.lease_epoch, replace(r.lease_token::text, '-', ''), r.config_json, r.effective_config_json), "
      "audit as (insert into backtest.run_events (run_id, state, epoch, detail) "
      "select run_id, 'running', epoch, 'claimed by ' || $5 from leased) "
      "select c.*, p.rank, p.available_at from changed c join picked p using (run_id) "
      "order by p.rank, p.available_at, p.run_id";
  const auto rows = connection.run(sql, {submitter, rank, available_at, postgres_array(tokens), request.worker_id,
                                         std::to_string(std::chrono::microseconds(request.lease_duration).count())});
  std::vector<ClaimedRun> claimed;
  for (int row = 0; row < rows.size(); ++row) {
    // `using` moves run_id to the front, where it was.
    ClaimedRun run{.lease = {}, .record = record_of(rows, row)};
    run.lease = {run.record.run_id, rows.integer(row, run_column_count),
                 std::string(rows.text(row, run_column_count + 1))};
    run.record.config_json = rows.text(row, run_column_count + 2);
    run.record.effective_config_json = rows.text(row, run_column_count + 3);
    claimed.push_back(std::move(run));
    const std::lock_guard lock(lanes_mutex_);
    Lane& lane = lanes_[submitter];
    lane.rank = rows.integer(row, run_column_count + 4);
    lane.available_at = rows.text(row, run_column_count + 5);
    lane.served = ++turn_;
  }
  return claimed;
}

std::vector<ClaimedRun> PostgresRunStore::claim_round(const ClaimRequest& request) {
  std::vector<std::string> tokens;
  for (int i = 0; i < most_claimed_at_once; ++i) tokens.push_back(random_hex(32));
  bool may_have_claimed = false;
  return ask(StatementName::claim, [&](PostgresConnection& connection) -> std::vector<ClaimedRun> {
    if (std::exchange(may_have_claimed, false)) {
      // The answer to a claim got lost. What it leased nobody works on: its leases expire at once.
      connection.run("update backtest.run_leases set expires_at = now() where token = any($1::uuid[])",
                     {postgres_array(tokens)});
    }
    bool is_only_one = false;
    auto submitter = next_lane(connection, request.submitter_running_limit, is_only_one);
    if (!submitter) {
      find_lanes(connection);
      submitter = next_lane(connection, request.submitter_running_limit, is_only_one);
    }
    if (!submitter) return {};
    may_have_claimed = true;
    if (request.submitter_running_limit <= 0) {
      const int limit = is_only_one ? std::min(request.limit, most_claimed_at_once) : 1;
      return claim_from(connection, *submitter, request, limit, tokens);
    }
    // The cap is counted under a lock, or two workers would both take the last place.
    PostgresTransaction transaction(connection);
    connection.run("select pg_advisory_xact_lock(hashtextextended($1, 20240131))", {*submitter});
    const auto running =
        connection.run("select count(*) from backtest.run_leases where submitter = $1", {*submitter}).integer(0, 0);
    std::vector<ClaimedRun> claimed;
    if (running < request.submitter_running_limit) claimed = claim_from(connection, *submitter, request, 1, tokens);
    transaction.commit();
    return claimed;
  });
}

std::vector<ClaimedRun> PostgresRunStore::claim(const ClaimRequest& request) {
  std::vector<ClaimedRun> claimed;
  if (request.limit <= 0) return claimed;
  {
    const std::lock_guard lock(lanes_mutex_);
    if (std::chrono::steady_clock::now() - lanes_found_ > lanes_age) lanes_.clear(), lanes_found_ = {};
  }
  bool was_empty = false;
  while (std::ssize(claimed) < request.limit) {
    ClaimRequest rest = request;
    rest.limit = request.limit - static_cast<int>(claimed.size());
    auto round = claim_round(rest);
    for (ClaimedRun& run : round) claimed.push_back(std::move(run));
    if (round.empty()) {
      if (was_empty || !claimed.empty()) break;
      was_empty = true;  // others may have taken what was seen: once more, from the start
      const std::lock_guard lock(lanes_mutex_);
      lanes_.clear();
    }
  }
  return claimed;
}

}  // namespace backtest
