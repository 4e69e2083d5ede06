#include "postgres/connection.hpp"

#include <gtest/gtest.h>

#include "postgres/connection_pool.hpp"
#include "postgres/private_cluster_for_tests.hpp"

namespace backtest {
namespace {

using std::chrono::milliseconds;
using Kind = PostgresError::Kind;

TEST(PostgresConnection, RunsStatementsWithParametersAndNulls) {
  const ConnectionString dsn{Secret(PrivateCluster::shared().dsn())};
  PostgresConnection connection(dsn, {});
  const auto rows = connection.run("select $1::int + 1, $2::text, $3::text", {"41", std::nullopt, "a'b"});
  EXPECT_EQ(rows.integer(0, 0), 42);
  EXPECT_TRUE(rows.is_null(0, 1));
  EXPECT_EQ(rows.text(0, 2), "a'b");
  EXPECT_EQ(connection.run("select ($1::text[])[2]", {postgres_array({"x", "a\"b\\,{}"})}).text(0, 0), "a\"b\\,{}");
}

TEST(PostgresConnection, ErrorsCarryTheSqlstateAndLeaveTheConnectionUsable) {
  const ConnectionString dsn{Secret(PrivateCluster::shared().dsn())};
  PostgresConnection connection(dsn, {});
  try {
    connection.run("select 1 / 0");
    FAIL();
  } catch (const PostgresError& error) {
    EXPECT_EQ(error.kind(), Kind::statement);
    EXPECT_EQ(error.sqlstate(), "22012");
  }
  EXPECT_TRUE(connection.is_usable());
}

TEST(PostgresConnection, GivesUpAtItsDeadline) {
  const ConnectionString dsn{Secret(PrivateCluster::shared().dsn())};
  PostgresConnection connection(dsn, {.statement = milliseconds(200)});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THROW(connection.run("select pg_sleep(20)"), PostgresError);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  EXPECT_FALSE(connection.is_usable());
}

TEST(PostgresConnection, ATransactionThatIsNotCommittedIsRolledBack) {
  const ConnectionString dsn{Secret(PrivateCluster::shared().dsn())};
  PostgresConnection connection(dsn, {});
  connection.run("create temporary table t (a int)");
  {
    PostgresTransaction transaction(connection);
    connection.run("insert into t values (1)");
  }
  EXPECT_EQ(connection.run("select count(*) from t").integer(0, 0), 0);
}

TEST(PostgresPool, ReplacesAConnectionWhoseBackendWasKilled) {
  PostgresPool pool(ConnectionString(Secret(PrivateCluster::shared().dsn())), {.size = 2});
  const auto killer = pool.take();
  {
    const auto victim = pool.take();
    killer->run("select pg_terminate_backend($1::int)", {std::to_string(victim->backend_pid())});
    EXPECT_THROW(victim->run("select 1"), PostgresError);
  }
  EXPECT_EQ(pool.take()->run("select 1").integer(0, 0), 1);
}

TEST(PostgresPool, IsBounded) {
  PostgresPool pool(ConnectionString(Secret(PrivateCluster::shared().dsn())), {.size = 1, .wait = milliseconds(50)});
  const auto only = pool.take();
  try {
    pool.take();
    FAIL();
  } catch (const PostgresError& error) {
    EXPECT_EQ(error.kind(), Kind::pool_exhausted);
  }
}

TEST(ConnectionString, NoMessageHoldsASecret) {
  for (const std::string text :
       {"host=/nowhere password=hunter2 user=u", "postgresql://u:hunter2@127.0.0.1:1/d?connect_timeout=1",
        "postgresql://u@127.0.0.1:1/d?password=hunter2"}) {
    const ConnectionString dsn{Secret(text)};
    EXPECT_EQ(dsn.scrub("failed: " + text + " hunter2").find("hunter2"), std::string::npos) << text;
    try {
      PostgresConnection connection(dsn, {.connect = milliseconds(500)});
      FAIL();
    } catch (const PostgresError& error) {
      EXPECT_EQ(error.kind(), Kind::not_connected);
      EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos) << error.what();
    }
  }
}

TEST(ConnectionString, WhatCannotBeParsedIsNotQuoted) {
  for (const std::string text : {"", "hunter2", "postgresql://u:hunter2@[::1/d", "nokeyword=hunter2"}) {
    try {
      ConnectionString dsn{Secret(text)};
      FAIL() << text;
    } catch (const std::invalid_argument& error) {
      EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
    }
    EXPECT_NE(dsn_flaw(text), "") << text;
    EXPECT_EQ(dsn_flaw(text).find("hunter2"), std::string::npos);
  }
  EXPECT_EQ(dsn_flaw("postgresql://u:p@host:5432/d?sslmode=verify-full"), "");
  EXPECT_EQ(dsn_flaw("host=/run/postgresql dbname=d"), "");
}

TEST(ConnectionString, WhatLibpqWouldFindOnlyWhenItConnectsIsFoundBefore) {
  for (const char* text : {"host=x port=99999", "host=x port=0", "host=x port=5432x", "host=a,b port=5432,99999"}) {
    EXPECT_NE(dsn_flaw(text).find("port"), std::string::npos) << text;
  }
  EXPECT_NE(dsn_flaw("postgresql://u@h/d?sslmode=junk").find("sslmode"), std::string::npos);
  EXPECT_NE(dsn_flaw("host=x bad'"), "");
  for (const char* text : {"host=a,b port=5432,", "host=a,b port=5432,5433", "host=x port=65535 sslmode=prefer"}) {
    EXPECT_EQ(dsn_flaw(text), "") << text;
  }
}

}  // namespace
}  // namespace backtest
