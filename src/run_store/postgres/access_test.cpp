// Keys and audit in PostgreSQL: what its roles may do with them.
#include <gtest/gtest.h>

#include <string>

#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/migrated_database_for_tests.hpp"
#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {
namespace {

class PostgresAccess : public testing::Test {
 protected:
  // The SQLSTATE, or nothing where it is allowed.
  std::string execute(const std::string& sql, const std::string& role = "postgres") const {
    const ConnectionString target{Secret(PrivateCluster::shared().dsn(database_))};
    PostgresConnection connection(target, {});
    try {
      connection.run_script("set role " + role + "; " + sql);
    } catch (const PostgresError& error) {
      return error.sqlstate();
    }
    return "";
  }

  const std::string database_ = migrated_database();
  PostgresRunStore store_{Secret(PrivateCluster::shared().dsn(database_))};
};

constexpr const char* forbidden = "42501";

TEST_F(PostgresAccess, NobodyButTheOwnerChangesTheAudit_AUTH10) {
  store_.append_audit({{.action = "submit", .caller = "ada"}});
  const std::string insert =
      "insert into backtest.audit_events (action, caller, address, request_id, run_id, detail) values ('a', 'b', '', "
      "'', "
      "'', '')";
  for (const char* role : {"backtest_api", "backtest_worker", "backtest_readonly"}) {
    EXPECT_EQ(execute(insert, role), std::string(role) == "backtest_api" ? "" : forbidden) << role;
    for (const char* change : {"update backtest.audit_events set caller = 'x'", "delete from backtest.audit_events",
                               "truncate backtest.audit_events"}) {
      EXPECT_EQ(execute(change, role), forbidden) << role << ": " << change;
    }
  }
  EXPECT_EQ(store_.audit_events({}, 10).size(), 2u);
}

TEST_F(PostgresAccess, TheRetentionTakesWhatIsOldAndNothingElse) {
  store_.append_audit({{.action = "old", .caller = "ada"}});
  ASSERT_EQ(execute("update backtest.audit_events set at = now() - interval '36 hours'"), "");
  store_.append_audit({{.action = "new", .caller = "ada"}});
  EXPECT_EQ(execute("select backtest.remove_audit_events(2)", "backtest_worker"), forbidden);
  EXPECT_EQ(store_.remove_audit_older_than(2), 0);
  EXPECT_EQ(execute("select backtest.remove_audit_events(-5)", "backtest_api"), "") << "a day at least";
  const auto left = store_.audit_events({}, 10);
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].action, "new");
}

TEST_F(PostgresAccess, HashesOfKeysAreTheApisAlone) {
  store_.create_key({.key_id = "00000000000000aa", .name = "robot", .scopes = "read", .secret_sha256 = "aa"});
  for (const char* role : {"backtest_worker", "backtest_readonly"}) {
    EXPECT_EQ(execute("select * from backtest.api_keys", role), forbidden) << role;
  }
  EXPECT_EQ(execute("select * from backtest.api_keys", "backtest_api"), "");
  EXPECT_EQ(execute("update backtest.api_keys set scopes = 'admin'", "backtest_api"), forbidden);
  EXPECT_EQ(execute("delete from backtest.api_keys", "backtest_api"), forbidden);
}

}  // namespace
}  // namespace backtest
