// The run queue on PostgreSQL: what submit, claim and complete cost, by backlog and under a held snapshot, side by side
// on one cluster that this program starts and stops.
//
//   queue_bench [runs per backlog, default 1000 10000 100000]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <thread>

#include "postgres/private_cluster.hpp"
#include "run_store/postgres/migrate.hpp"
#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {
namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

struct Times {
  std::vector<double> ms;
  void report(const std::string& what) {
    std::ranges::sort(ms);
    const auto at = [&](double share) { return ms[static_cast<std::size_t>(share * double(ms.size() - 1))]; };
    fmt::print("{:<44} p50 {:8.3f} ms   p99 {:8.3f} ms\n", what, at(0.5), at(0.99));
  }
};

Submission run_number(int number) {
  Submission submission;
  submission.record.run_id = fmt::format("RUN20240131-{:016x}", number);
  submission.record.submitter = "anna";
  submission.record.config_json = "{}";
  submission.record.effective_config_json = "{}";
  submission.record.config_sha256 = std::string(64, 'a');
  return submission;
}

void submissions_per_second(const Secret& dsn, int connections) {
  constexpr int each = 2'000;
  PostgresRunStore store(dsn);
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < connections; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < each; ++i) store.submit(run_number(1'000'000'000 + thread * each + i), {});
    });
  }
  for (std::thread& thread : threads) thread.join();
  fmt::print("submissions with {} connections: {:.0f} a second\n", connections,
             1'000.0 * connections * each / ms_since(begin));
}

// Claims and completes 1,000 runs in front of a backlog that SQL put there.
void with_backlog(PostgresConnection& connection, const Secret& dsn, int backlog, bool is_snapshot_held) {
  connection.run("truncate backtest.runs, backtest.run_queue, backtest.run_leases, backtest.run_events");
  connection.run(
      "insert into backtest.runs (run_id, status, submitter, available_at, config_json, effective_config_json) "
      "select 'RUN20240131-' || lpad(to_hex(i), 16, '0'), 'queued', 'anna', now() - interval '1 hour' + i * interval "
      "'1 millisecond', '{}', '{}' from generate_series(1, "
      "$1::int) i",
      {std::to_string(backlog)});
  connection.run("analyze backtest.runs, backtest.run_queue");
  const ConnectionString target(dsn);
  PostgresConnection holder(target, {});
  if (is_snapshot_held) {
    holder.run("begin isolation level repeatable read");
    holder.run("select count(*) from backtest.run_queue");
  }
  PostgresRunStore store(dsn);
  Times claims, completions;
  const int runs = std::min(backlog, 1'000);
  for (int i = 0; i < runs; ++i) {
    auto begin = Clock::now();
    const auto claimed = store.claim({.worker_id = "0f8fad5b-d9cb-469f-a165-70867728950e"});
    claims.ms.push_back(ms_since(begin));
    if (claimed.empty()) break;
    begin = Clock::now();
    if (!store.complete(claimed[0].lease, {.artifacts = {"attempts/1", std::string(64, 'c')}})) std::abort();
    completions.ms.push_back(ms_since(begin));
  }
  const std::string where = fmt::format("{} queued{}", backlog, is_snapshot_held ? ", a snapshot held" : "");
  claims.report("claim, " + where);
  completions.report("complete, " + where);
}

int bench(const std::vector<int>& backlogs) {
  PrivateCluster cluster;
  const Secret dsn(cluster.dsn(cluster.create_database()));
  std::ostringstream out;
  if (migrate_command(dsn, {"up"}, out, out) != 0) {
    fmt::print(stderr, "{}", out.str());
    return 1;
  }
  submissions_per_second(dsn, 1);
  submissions_per_second(dsn, 8);
  const ConnectionString target(dsn);
  PostgresConnection connection(target, {.statement = std::chrono::minutes(10)});
  for (const int backlog : backlogs) {
    with_backlog(connection, dsn, backlog, false);
    with_backlog(connection, dsn, backlog, true);
  }
  return 0;
}

}  // namespace
}  // namespace backtest

int main(int argc, char** argv) {
  std::vector<int> backlogs;
  for (int i = 1; i < argc; ++i) backlogs.push_back(std::atoi(argv[i]));
  if (backlogs.empty()) backlogs = {1'000, 10'000, 100'000};
  return backtest::bench(backlogs);
}
