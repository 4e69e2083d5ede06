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
  // Steps along the key from one submitter to the next, so that it takes as many steps as there are submitters, however
  // long their queues are. Finds nothing where the schema is too new for this program.
  static constexpr const char* sql = R"sql(
with recursive s as (
  (select submitter from backtest.run_queue order by submitter limit 1)
  union all
  select (select q.submitter from backtest.run_queue q where q.submitter > s.submitter order by q.submitter limit 1)
  from s where s.submitter is not null)
select submitter from s
where submitter is not null and (select oldest_compatible from backtest.schema_version) <= $1::integer
)sql";
  const auto rows = connection.run(sql, {std::to_string(needed_schema_version)});
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

std::vector<ClaimedRun> PostgresRunStore::claim_from_lanes(PostgresConnection& connection, const ClaimRequest& request,
                                                           const std::vector<std::string>& tokens) {
  std::vector<std::string> submitters, ranks, times, turns;
  {
    const std::lock_guard lock(lanes_mutex_);
    for (const auto& [submitter, lane] : lanes_) {
      submitters.push_back(submitter);
      ranks.push_back(std::to_string(lane.available_at.empty() ? INT32_MIN : lane.rank));
      times.push_back(lane.available_at.empty() ? "-infinity" : lane.available_at);
      turns.push_back(std::to_string(lane.served));
    }
  }
  if (submitters.empty()) return {};
  // With a limit of running runs the function counts a submitter's under a lock, and claims one run at a time.
  const int wanted = request.submitter_running_limit > 0 ? 1 : std::min(request.limit, most_claimed_at_once);
  FunctionCall call("backtest.claim_runs");
  call.with("claimer", request.worker_id)
      .with("lease_microseconds", std::to_string(std::chrono::microseconds(request.lease_duration).count()))
      .with("wanted", std::to_string(wanted))
      .with("running_limit", std::to_string(std::max(request.submitter_running_limit, 0)))
      .with("lanes", postgres_array(submitters))
      .with("lane_ranks", postgres_array(ranks))
      .with("lane_times", postgres_array(times))
      .with("lane_turns", postgres_array(turns))
      .with("tokens", postgres_array(tokens));
  const std::string sql = "select " + run_columns() + R"sql(
, r.config_json, r.effective_config_json, r.lease_epoch, replace(r.lease_token::text, '-', '') as lease_token,
  r.available_at from )sql" +
                          call.sql() + " as r";
  const RecordRows rows(connection.run(sql, call.parameters()), ConfigTexts::read);
  std::vector<ClaimedRun> claimed;
  for (int row = 0; row < rows.size(); ++row) {
    ClaimedRun run{.lease = {}, .record = rows.record(row)};
    run.lease = {run.record.run_id, rows.integer(row, "lease_epoch"), rows.text(row, "lease_token")};
    {
      const std::lock_guard lock(lanes_mutex_);
      lanes_[run.record.submitter] = {-run.record.priority, rows.text(row, "available_at"), ++turn_};
    }
    claimed.push_back(std::move(run));
  }
  return claimed;
}

std::vector<ClaimedRun> PostgresRunStore::claim_round(const ClaimRequest& request, bool& is_from_the_start) {
  std::vector<std::string> tokens;
  for (int i = 0; i < most_claimed_at_once; ++i) tokens.push_back(random_hex(32));
  bool may_have_claimed = false;
  return ask(StatementName::claim, [&](PostgresConnection& connection) -> std::vector<ClaimedRun> {
    if (may_have_claimed) {
      // The answer to a claim got lost, so nobody works on what it leased: those leases expire now.
      connection.run("update backtest.run_leases set expires_at = now() where token = any($1::uuid[])",
                     {postgres_array(tokens)});
      may_have_claimed = false;
    }
    {
      const std::lock_guard lock(lanes_mutex_);
      is_from_the_start = lanes_.empty();
    }
    if (is_from_the_start) find_lanes(connection);
    may_have_claimed = true;
    return claim_from_lanes(connection, request, tokens);
  });
}

std::vector<ClaimedRun> PostgresRunStore::claim(const ClaimRequest& request) {
  std::vector<ClaimedRun> claimed;
  if (request.limit <= 0) return claimed;
  {
    const std::lock_guard lock(lanes_mutex_);
    if (std::chrono::steady_clock::now() - lanes_found_ > lanes_age) lanes_.clear();
  }
  while (std::ssize(claimed) < request.limit) {
    ClaimRequest rest = request;
    rest.limit = request.limit - static_cast<int>(claimed.size());
    bool is_from_the_start = false;
    auto round = claim_round(rest, is_from_the_start);
    for (ClaimedRun& run : round) claimed.push_back(std::move(run));
    if (!round.empty()) continue;
    if (is_from_the_start || !claimed.empty()) break;
    const std::lock_guard lock(lanes_mutex_);
    lanes_.clear();  // what was seen may have been claimed by others: look once more, from the start
  }
  return claimed;
}

}  // namespace backtest
