// Joins the suite that every store passes.
#include "postgres/private_cluster_for_tests.hpp"
#include "run_store/conformance_for_tests.hpp"
#include "run_store/postgres/migrated_database_for_tests.hpp"
#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {
namespace {

class PostgresUnderTest : public RunStoreUnderTest {
 public:
  PostgresUnderTest() : dsn_(PrivateCluster::shared().dsn(migrated_database())) {
    store_ = std::make_unique<PostgresRunStore>(dsn_);
    store_->open();
  }
  RunStore& store() override { return *store_; }
  std::unique_ptr<RunStore> another() override {
    auto store = std::make_unique<PostgresRunStore>(dsn_);
    store->open();
    return store;
  }
  std::vector<std::string> contradictions() override {
    std::vector<std::string> found;
    for (const auto& [run_id, problem] : store_->audit()) found.push_back(run_id + ": " + problem);
    return found;
  }

 private:
  const Secret dsn_;
  std::unique_ptr<PostgresRunStore> store_;
};

// Time really passes there, also between two statements of a test on a busy machine: leases last 0.8 s.
const bool joined = register_run_store_backend({.name = "postgres",
                                                .make = [] { return std::make_unique<PostgresUnderTest>(); },
                                                .millisecond = std::chrono::milliseconds(4)});

}  // namespace
}  // namespace backtest
