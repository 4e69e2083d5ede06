// A DSN that changes while connections are open: a password that is changed, in real life.
#include "postgres/dsn_source.hpp"

#include <gtest/gtest.h>

#include "postgres/connection_pool.hpp"
#include "postgres/private_cluster_for_tests.hpp"

namespace backtest {
namespace {

TEST(DsnSource, ConnectionsFromNowOnUseTheNewOne) {
  PrivateCluster& cluster = PrivateCluster::shared();
  const std::string before = cluster.create_database(), after = cluster.create_database();
  const DsnSource source(ConnectionString(Secret(cluster.dsn(before))));
  PostgresPool pool(source, {});
  const auto database_of = [](PostgresPool::Borrowed& connection) {
    return std::string(connection->run("select current_database()").text(0, 0));
  };
  auto first = pool.take();
  EXPECT_EQ(database_of(first), before);
  source.replace(ConnectionString(Secret(cluster.dsn(after))));
  EXPECT_EQ(database_of(first), before) << "what is open stays";
  auto second = pool.take();
  EXPECT_EQ(database_of(second), after);
}

}  // namespace
}  // namespace backtest
