// Tests only: databases of PrivateCluster::shared() with the schema of this build.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

#include "base/secret.hpp"
#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/postgres/migrate.hpp"

namespace backtest {

// A new one: a copy of the first, which alone was migrated.
inline std::string migrated_database() {
  static const std::string first = [] {
    PrivateCluster& cluster = PrivateCluster::shared();
    std::string name = cluster.create_database();
    std::ostringstream out;
    if (migrate_command(Secret(cluster.dsn(name)), {"up"}, out, out) != 0) throw std::runtime_error(out.str());
    return name;
  }();
  return PrivateCluster::shared().create_database(first);
}

}  // namespace backtest
