// The schema that the migrations make. BACKTEST_UPDATE_GOLDEN=1 rewrites testdata/schema.sql.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/migrate.hpp"

namespace backtest {
namespace {

// As pg_dump sees it, without what names its version or changes with each dump.
std::string dump_of(const std::string& dsn) {
  const std::string command = "pg_dump --schema-only --schema=backtest --schema=ranking --schema=public '" + dsn + "'";
  FILE* pipe = popen(command.c_str(), "r");
  std::string dump, line;
  char buffer[4096];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) {
    line += buffer;
    if (line.back() != '\n') continue;
    const bool is_of_the_tool = line.starts_with("--") || line.starts_with("SET ") || line.starts_with("\\") ||
                                line.starts_with("SELECT pg_catalog.set_config") ||
                                line.find("SCHEMA public") != std::string::npos;
    const bool is_second_blank = line == "\n" && (dump.empty() || dump.ends_with("\n\n"));
    if (!is_of_the_tool && !is_second_blank) dump += line;
    line.clear();
  }
  EXPECT_EQ(pclose(pipe), 0) << command;
  return dump;
}

TEST(PostgresSchema, IsTheCommittedDumpAlsoAfterARelease) {
  PrivateCluster& cluster = PrivateCluster::shared();
  if (std::getenv("BACKTEST_POSTGRES_BIN") != nullptr) GTEST_SKIP() << "the dump is that of one version of the server";
  const std::string database = cluster.create_database();
  const std::string dsn = cluster.dsn(database);
  std::ostringstream out;
  ASSERT_EQ(migrate_command(Secret(dsn), {"up"}, out, out), 0) << out.str();
  const std::string dump = dump_of(dsn);
  const std::string golden = std::string(BACKTEST_SOURCE_DIR) + "/src/run_store/postgres/testdata/schema.sql";
  if (std::getenv("BACKTEST_UPDATE_GOLDEN") != nullptr) std::ofstream(golden, std::ios::binary) << dump;
  std::ostringstream committed;
  committed << std::ifstream(golden, std::ios::binary).rdbuf();
  EXPECT_EQ(committed.str(), dump) << "run with BACKTEST_UPDATE_GOLDEN=1 and read the difference";
  for (const char* command : {"release", "up"}) ASSERT_EQ(migrate_command(Secret(dsn), {command}, out, out), 0);
  EXPECT_EQ(dump_of(dsn), dump) << "what a release drops, the next takeover makes again";
}

}  // namespace
}  // namespace backtest
