// The reader of tables on a real server, whose process for this connection is stopped where it matters.
#include "postgres/table_reader.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <string>

#include "postgres/private_cluster_for_tests.hpp"

namespace backtest {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Kind = PostgresError::Kind;

constexpr const char* many_rows = "copy (select repeat('x', 1000) from generate_series(1, 100000)) to stdout";

ConnectionString dsn() {
  return ConnectionString(Secret(PrivateCluster::shared().dsn()));
}

std::size_t bytes_left(PostgresTableReader& reader) {
  std::size_t bytes = 0;
  while (const auto piece = reader.next_piece()) bytes += piece->size();
  return bytes;
}

TEST(PostgresTableReader, CopiesAndRunsStatementsInTurn) {
  PostgresTableReader reader(dsn(), milliseconds(60'000));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(reader.run("select $1::int + 1", {"41"}).integer(0, 0), 42);
    reader.begin_copy(many_rows);
    EXPECT_EQ(bytes_left(reader), 100'000u * 1'001u);
  }
}

TEST(PostgresTableReader, AnErrorBeforeAndWithinACopyIsTheServers) {
  for (const auto& [sql, sqlstate] :
       {std::pair{"copy (select nothing) to stdout", "42703"},
        std::pair{"copy (select 1 / (50000 - i) from generate_series(1, 100000) i) to stdout", "22012"}}) {
    PostgresTableReader reader(dsn(), milliseconds(60'000));
    try {
      reader.begin_copy(sql);
      bytes_left(reader);
      FAIL() << sql;
    } catch (const PostgresError& error) {
      EXPECT_EQ(error.kind(), Kind::statement);
      EXPECT_EQ(error.sqlstate(), sqlstate);
    }
  }
}

TEST(PostgresTableReader, AServerThatFallsSilentIsGivenUp) {
  struct Case {
    const char* name;
    std::function<void(PostgresTableReader&)> before, after;
  };
  const Case cases[] = {
      {"before a statement", [](PostgresTableReader&) {}, [](PostgresTableReader& reader) { reader.run("select 1"); }},
      {"before a copy", [](PostgresTableReader&) {}, [](PostgresTableReader& reader) { reader.begin_copy(many_rows); }},
      {"within a copy", [](PostgresTableReader& reader) { reader.begin_copy(many_rows), reader.next_piece(); },
       [](PostgresTableReader& reader) { bytes_left(reader); }},
  };
  for (const Case& c : cases) {
    PostgresTableReader reader(dsn(), milliseconds(400), milliseconds(100));
    const auto backend = static_cast<pid_t>(reader.run("select pg_backend_pid()").integer(0, 0));
    c.before(reader);
    ASSERT_EQ(kill(backend, SIGSTOP), 0);
    const auto begin = steady_clock::now();
    try {
      c.after(reader);
      ADD_FAILURE() << c.name;
    } catch (const PostgresError& error) {
      EXPECT_EQ(error.kind(), Kind::lost) << c.name;
      EXPECT_TRUE(std::string(error.what()).contains("no answer within")) << c.name << ": " << error.what();
    }
    EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5)) << c.name;
    kill(backend, SIGCONT);
  }
}

TEST(PostgresTableReader, TheServersOwnLimitIsToldAsItIs) {
  PostgresTableReader reader(dsn(), milliseconds(100));
  try {
    reader.run("select pg_sleep(30)");
    FAIL();
  } catch (const PostgresError& error) {
    EXPECT_EQ(error.sqlstate(), "57014");
  }
}

}  // namespace
}  // namespace backtest
