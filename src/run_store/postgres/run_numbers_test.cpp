// Lists by a number are exact at every step of taking numbers into their indexes (0011).
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/migrate.hpp"
#include "run_store/postgres/migrated_database_for_tests.hpp"
#include "run_store/postgres/migrations.hpp"
#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {
namespace {

using Ids = std::vector<std::string>;

class RunNumbers11 : public testing::Test {
 protected:
  explicit RunNumbers11(std::string database = migrated_database())
      : dsn_(PrivateCluster::shared().dsn(database)), target_(dsn_), connection_(target_, {}), store_(dsn_) {}

  void submit(const Ids& ids) {
    for (const std::string& id : ids) {
      Submission submission;
      submission.record.run_id = id;
      submission.record.submitter = "anna";
      ASSERT_TRUE(store_.submit(submission, {}));
    }
  }
  std::vector<Lease> claim(int runs) {
    std::vector<Lease> leases;
    for (const ClaimedRun& run : store_.claim({.worker_id = "3c6a5e9e-0f5d-4f0c-9a44-2f1de3a1b001", .limit = runs})) {
      leases.push_back(run.lease);
    }
    return leases;
  }
  void complete(const Lease& lease, double total_return) {
    ASSERT_TRUE(store_.complete(lease, {.numbers = {.total_return = total_return, .max_drawdown = -total_return}}));
  }
  Ids best() {
    Ids ids;
    for (const RunRecord& run : store_.list({.order = RunOrder::total_return}, std::nullopt, 100).runs) {
      ids.push_back(run.run_id);
    }
    return ids;
  }
  Ids latest() {
    Ids ids;
    for (const RunRecord& run : store_.list({.order = RunOrder::completed_at}, std::nullopt, 100).runs) {
      ids.push_back(run.run_id);
    }
    return ids;
  }
  Ids within(double least) {
    Ids ids;
    ListFilter filter{.bounds = {{RunOrder::max_drawdown, std::nullopt, -least}}};
    filter.is_ascending = true;
    for (const RunRecord& run : store_.list(filter, std::nullopt, 100).runs) ids.push_back(run.run_id);
    return ids;
  }
  bool extend(int most) {
    return connection_.run("select backtest.extend_run_numbers($1, 1)", {std::to_string(most)}).boolean(0, 0);
  }
  // Whoever listed last may be taking in right now, and then a call here leaves it to them.
  void extend_until(std::int64_t runs, const Ids& by_return) {
    for (int i = 0; i < 1000 && taken_in() < runs; ++i) {
      if (!extend(1)) std::this_thread::sleep_for(std::chrono::milliseconds(10));
      EXPECT_EQ(best(), by_return);
    }
    EXPECT_EQ(taken_in(), runs);
    EXPECT_EQ(best(), by_return);
  }
  bool is_taken_in(const std::string& run_id) {
    return connection_
        .run(
            "select exists (select from backtest.run_numbers n join backtest.runs r using (submitted_at) where "
            "r.run_id = $1)",
            {run_id})
        .boolean(0, 0);
  }
  std::int64_t taken_in() { return connection_.run("select count(*) from backtest.run_numbers").integer(0, 0); }

  const Secret dsn_;
  const ConnectionString target_;
  PostgresConnection connection_;
  PostgresRunStore store_;
};

TEST_F(RunNumbers11, AListIsExactAtEveryStep) {
  submit({"a", "b", "c", "d", "e", "f"});
  const auto leases = claim(6);
  ASSERT_EQ(leases.size(), 6u);
  EXPECT_FALSE(extend(2)) << "nothing has a number";
  complete(leases[1], 0.2);
  complete(leases[3], 0.4);
  complete(leases[4], 0.3);
  EXPECT_EQ(best(), (Ids{"d", "e", "b"}));
  ASSERT_TRUE(extend(2)) << "announces; whoever lists by numbers may take in meanwhile";
  EXPECT_EQ(best(), (Ids{"d", "e", "b"}));
  complete(leases[2], 0.35);  // of what was announced: brings its own
  EXPECT_TRUE(is_taken_in("c"));
  EXPECT_EQ(best(), (Ids{"d", "c", "e", "b"}));
  extend_until(3, {"d", "c", "e", "b"});
  complete(leases[0], 0.5);  // submitted before all that was taken in
  complete(leases[5], 0.1);
  EXPECT_TRUE(is_taken_in("a"));
  EXPECT_FALSE(is_taken_in("f"));
  EXPECT_EQ(best(), (Ids{"a", "d", "c", "e", "b", "f"}));
  EXPECT_EQ(latest(), (Ids{"f", "a", "c", "e", "d", "b"}));
  EXPECT_EQ(within(0.3), (Ids{"a", "c", "d", "e"}));
  extend_until(6, {"a", "d", "c", "e", "b", "f"});
  EXPECT_EQ(within(0.3), (Ids{"a", "c", "d", "e"}));
  ASSERT_TRUE(store_.remove("d"));
  EXPECT_EQ(taken_in(), 5);
  EXPECT_EQ(best(), (Ids{"a", "c", "e", "b", "f"}));
  EXPECT_EQ(latest(), (Ids{"f", "a", "c", "e", "b"}));
}

TEST_F(RunNumbers11, ACompletionThatHangsKeepsNobodyWaiting) {
  submit({"a", "b"});
  const auto leases = claim(2);
  complete(leases[0], 0.2);
  PostgresConnection hanging(target_, {});
  hanging.run("begin");
  hanging.run("select pg_advisory_xact_lock_shared(20240201)");
  EXPECT_FALSE(extend(9));
  complete(leases[1], 0.1);
  EXPECT_EQ(best(), (Ids{"a", "b"}));
  hanging.run("rollback");
  EXPECT_TRUE(extend(9));
}

TEST_F(RunNumbers11, AWorkerAndAnApiMayDoTheirPart) {
  for (const std::string role : {"api", "worker"}) {
    connection_.run_script("do $$ begin create role numbers_" + role +
                           " login; exception when duplicate_object then null; end $$; grant backtest_" + role +
                           " to numbers_" + role);
  }
  submit({"a", "b"});
  const auto leases = claim(2);
  complete(leases[1], 0.2);
  connection_.run("set role numbers_api");
  EXPECT_TRUE(extend(9));
  EXPECT_TRUE(extend(9));
  EXPECT_THROW(connection_.run("delete from backtest.run_numbers"), PostgresError);
  connection_.run("reset role");
  PostgresRunStore worker{Secret(std::string(dsn_.reveal()) + " options='-c role=numbers_worker'")};
  EXPECT_TRUE(worker.complete(leases[0], {.numbers = {.total_return = 0.1}}));
  EXPECT_EQ(taken_in(), 2);
}

// A database of schema 10 with runs that have numbers, one in the middle of an attempt, and one that waits.
class RunNumbersOfSchema10 : public RunNumbers11 {
 protected:
  RunNumbersOfSchema10() : RunNumbers11(PrivateCluster::shared().create_database()) {
    std::ostringstream out;
    EXPECT_EQ(migrate_up(dsn_, embedded_migrations().first(10), "select 1", out), 0) << out.str();
  }
  // As a program of that schema does it: ours asks for columns that it does not have.
  std::vector<Lease> claim_then(int runs) {
    std::vector<Lease> leases;
    for (int i = 0; i < runs; ++i) {
      const auto rows = connection_.run(
          "select run_id, lease_epoch, replace(lease_token::text, '-', '') from backtest.claim_runs(gen_random_uuid(), "
          "30000000, 1, 0, '{anna}', '{-2147483648}', '{-infinity}', '{0}', array[gen_random_uuid()])");
      if (rows.size() == 1) {
        leases.push_back({std::string(rows.text(0, 0)), rows.integer(0, 1), std::string(rows.text(0, 2))});
      }
    }
    return leases;
  }
  void complete_then(const Lease& lease, double total_return) {
    const auto rows = connection_.run(
        "select run_id from backtest.complete_run($1, $2, $3, '', null, null, $4, null, null, null, -$4::float8, null, "
        "null, null, null)",
        {lease.run_id, std::to_string(lease.epoch), lease.token, std::to_string(total_return)});
    ASSERT_EQ(rows.size(), 1);
  }
};

TEST_F(RunNumbersOfSchema10, TakesOverItsRuns) {
  submit({"a", "b", "c", "d"});
  const auto leases = claim_then(3);
  ASSERT_EQ(leases.size(), 3u);
  complete_then(leases[0], 0.2);
  complete_then(leases[2], 0.3);
  std::ostringstream out;
  ASSERT_EQ(migrate_command(dsn_, {"up"}, out, out), 0) << out.str();
  store_.open();
  EXPECT_EQ(taken_in(), 1) << "what was submitted before the run that goes on";
  EXPECT_EQ(best(), (Ids{"c", "a"}));
  EXPECT_EQ(latest(), (Ids{"c", "a"}));
  complete(leases[1], 0.25);
  EXPECT_EQ(best(), (Ids{"c", "b", "a"}));
  complete(claim(1).at(0), 0.1);
  extend_until(4, {"c", "b", "a", "d"});
  EXPECT_EQ(latest(), (Ids{"d", "b", "c", "a"}));
}

}  // namespace
}  // namespace backtest
