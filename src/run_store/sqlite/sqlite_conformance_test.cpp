#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "base/utc_time.hpp"
#include "run_store/conformance_for_tests.hpp"
#include "run_store/sqlite/moment.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"
#include "run_store/sqlite/sqlite_run_store.hpp"

namespace backtest {
namespace {

// The host's clock plus an offset that the tests move: no test waits for a lease to expire.
class SqliteUnderTest final : public RunStoreUnderTest {
 public:
  SqliteUnderTest() {
    std::string name = testing::TempDir() + "sqlite_conformance_XXXXXX";
    directory_ = mkdtemp(name.data());
    store_ = another();
  }
  ~SqliteUnderTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  RunStore& store() override { return *store_; }

  std::unique_ptr<RunStore> another() override {
    auto store = make_sqlite_run_store(file(), {.clock = [this] { return utc_now() + offset_.load(); },
                                                .uptime = [this] { return uptime_now() + offset_.load(); }});
    store->open();
    return store;
  }

  void advance(std::chrono::milliseconds time) override { offset_ += std::chrono::microseconds(time).count(); }

  std::vector<std::string> contradictions() override {
    std::vector<std::string> found;
    SqliteConnection connection(file());
    const auto find = [&](const char* what, const char* sql) {
      for (auto rows = connection.query(sql); rows.next();) found.push_back(what + (": " + rows.text(0)));
    };
    find("queued without a queue row",
         "select run_id from run_records where status = 'queued' and id not in (select run from run_queue)");
    find("in the queue but not queued",
         "select run_id from run_records where status <> 'queued' and id in (select run from run_queue)");
    find("running without a lease",
         "select run_id from run_records where status = 'running' and id not in (select run from run_leases)");
    find("leased but not running",
         "select run_id from run_records where status <> 'running' and id in (select run from run_leases)");
    find("without config", "select run_id from run_records where id not in (select run from run_configs)");
    find("a lane without runs",
         "select submitter from run_lanes l where not exists "
         "(select 1 from run_queue q where q.rank = l.rank and q.submitter = l.submitter)");
    find("runs without a lane",
         "select submitter from run_queue q where not exists "
         "(select 1 from run_lanes l where q.rank = l.rank and q.submitter = l.submitter)");
    find(
        "counted wrongly",
        "select status from run_counts c where runs <> (select count(*) from run_records r where r.status = c.status)");
    find("a row of a run that is gone",
         "select 'event' from run_events where run not in (select id from run_records) union all "
         "select 'key' from idempotency_keys where run not in (select id from run_records) union all "
         "select 'config' from run_configs where run not in (select id from run_records)");
    find("damaged", "select * from pragma_integrity_check where integrity_check <> 'ok'");
    return found;
  }

 private:
  std::filesystem::path file() const { return directory_ / "runs.sqlite3"; }

  std::filesystem::path directory_;
  std::atomic<StoreTime> offset_{0};
  std::unique_ptr<RunStore> store_;
};

// Leases last minutes by the clock that the tests move, and so outlast a disk that takes seconds to sync.
const bool joined = register_run_store_backend({.name = "sqlite",
                                                .make = [] { return std::make_unique<SqliteUnderTest>(); },
                                                .millisecond = std::chrono::seconds(1)});

}  // namespace
}  // namespace backtest
