#include "run_store/postgres/telemetry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <thread>

#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/migrate.hpp"

namespace backtest {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class PostgresTelemetryTest : public testing::Test {
 protected:
  PostgresTelemetryTest() : database(PrivateCluster::shared().create_database()), target(dsn()), admin(target, {}) {
    std::ostringstream out;
    EXPECT_EQ(migrate_command(dsn(), {"up"}, out, out), 0) << out.str();
  }
  Secret dsn(const std::string& user = "postgres") const {
    return Secret(PrivateCluster::shared().dsn(database, user));
  }
  std::string metrics_seen_by(const std::string& user) {
    PostgresRunStore store(dsn(user));
    std::string text;
    DatabaseTelemetry(store).append(text);
    return text;
  }

  std::string database;
  ConnectionString target;
  PostgresConnection admin;
};

TEST_F(PostgresTelemetryTest, StatementsAreTimedUnderTheNameOfWhatTheyDo) {
  PostgresRunStore store(dsn());
  store.counts();
  store.counts();
  EXPECT_EQ(store.submit({.record = {.run_id = "R1", .config_json = "{}", .effective_config_json = "{}"}}, {})
                .value()
                .record.run_id,
            "R1");
  std::string text;
  append_postgres_telemetry(store, text);
  EXPECT_THAT(text, HasSubstr("backtest_postgres_statement_seconds_count{statement=\"counts\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("backtest_postgres_statement_seconds_count{statement=\"submit\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("backtest_postgres_statement_seconds_count{statement=\"claim\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("backtest_postgres_pool_wait_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("backtest_postgres_connections{state=\"open\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("backtest_postgres_connections_limit 8\n"));
}

TEST_F(PostgresTelemetryTest, AStatementThatTheServerRefusesIsTimedAndCounted) {
  PostgresRunStore store(dsn());
  admin.run("drop function backtest.audit_runs");
  EXPECT_THROW(store.audit(), StoreUnavailable);
  std::string text;
  append_postgres_telemetry(store, text);
  EXPECT_THAT(text, HasSubstr("backtest_postgres_faults_total{kind=\"refused\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("backtest_postgres_statement_seconds_count{statement=\"audit\"} 1\n"));
}

TEST_F(PostgresTelemetryTest, TheOldestTransactionIsThatOfOtherSessionsInThisDatabase) {
  EXPECT_THAT(metrics_seen_by("postgres"), HasSubstr("backtest_oldest_transaction_seconds 0\n"));
  PostgresTransaction open(admin);
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  EXPECT_THAT(metrics_seen_by("postgres"), ContainsRegex("backtest_oldest_transaction_seconds 0\\.[1-9]"));
}

TEST_F(PostgresTelemetryTest, WithoutTheGrantTheOldestTransactionIsAbsentAndNotZero) {
  const std::string user = "watcher" + database;
  admin.run("create role " + user + " login in role backtest_worker");
  PostgresTransaction open(admin);
  const std::string blind = metrics_seen_by(user);
  EXPECT_THAT(blind, Not(HasSubstr("backtest_oldest_transaction_seconds")));
  EXPECT_THAT(blind, ContainsRegex("backtest_database_connections [1-9]"));
  EXPECT_THAT(blind, HasSubstr("backtest_run_inconsistencies 0\n"));
  open.commit();
  admin.run("grant pg_read_all_stats to " + user);
  EXPECT_THAT(metrics_seen_by(user), HasSubstr("backtest_oldest_transaction_seconds"));
}

}  // namespace
}  // namespace backtest
