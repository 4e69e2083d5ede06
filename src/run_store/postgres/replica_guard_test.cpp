#include "run_store/postgres/replica_guard.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "base/diagnostic.hpp"
#include "postgres/private_cluster_for_tests.hpp"

namespace backtest {
namespace {

class ReplicaGuardTest : public testing::Test {
 protected:
  std::string dsn() const { return PrivateCluster::shared().dsn(database); }
  void execute(const std::string& sql) {
    const ConnectionString target{Secret(dsn())};
    PostgresConnection(target, {}).run_script(sql);
  }

  const std::string database = PrivateCluster::shared().create_database();
};

TEST_F(ReplicaGuardTest, AReplicaGuardOutlivesItsConnection) {
  const ConnectionString direct{Secret(dsn())};
  const auto kill_sessions = [&] {
    execute(
        "select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database "
        "where l.locktype = 'advisory' and d.datname = current_database() and l.pid <> pg_backend_pid()");
  };
  const auto waits_for = [](const ReplicaGuard& guard, bool has_fault) {
    for (int i = 0; i < 1'000 && guard.fault().has_value() != has_fault; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return guard.fault().has_value() == has_fault;
  };
  auto guard = std::make_unique<ReplicaGuard>(direct, false);
  EXPECT_EQ(guard->fault(), std::nullopt);
  kill_sessions();
  EXPECT_TRUE(waits_for(*guard, true)) << "the loss is seen";
  EXPECT_TRUE(waits_for(*guard, false)) << "and mended";
  EXPECT_THROW(ReplicaGuard(direct, false), InvalidInput) << "nobody else came in meanwhile";
  // Another one that was quicker.
  kill_sessions();
  PostgresConnection quicker(direct, {});
  for (int i = 0; i < 1'000 && !quicker.run("select pg_try_advisory_lock(727130450923)").boolean(0, 0); ++i)
    kill_sessions();
  EXPECT_TRUE(waits_for(*guard, true));
  std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
  EXPECT_EQ(guard->fault(), "another replica keeps its artifacts in another directory");
  quicker.run("select pg_advisory_unlock_all()");
  EXPECT_TRUE(waits_for(*guard, false));
}

TEST_F(ReplicaGuardTest, AReplicaGuardDemandsADirectConnection) {
  const ConnectionString direct{Secret(dsn())}, pooled{Secret(PrivateCluster::shared().pooled_dsn(database))};
  const ReplicaGuard guard(direct, true);
  try {
    const ReplicaGuard through_pooler(pooled, true);
    ADD_FAILURE() << "a lock that does not hold";
  } catch (const InvalidInput& error) {
    EXPECT_NE(std::string(error.what()).find("BACKTEST_POSTGRES_DIRECT_DSN"), std::string::npos) << error.what();
  }
  EXPECT_THROW(ReplicaGuard(direct, false), InvalidInput);
}

}  // namespace
}  // namespace backtest
