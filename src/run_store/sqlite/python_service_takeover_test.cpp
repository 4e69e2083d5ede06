// A file of the Python service (STO-1) is taken over in place, and its SQL statements cannot harm it afterwards.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "run_store/sqlite/sqlite_connection.hpp"
#include "run_store/sqlite/sqlite_run_store.hpp"

namespace backtest {
namespace {

constexpr const char* old_tables = R"sql(
CREATE TABLE IF NOT EXISTS runs (
  run_id TEXT PRIMARY KEY, status TEXT NOT NULL, submitted_at TEXT NOT NULL, started_at TEXT, completed_at TEXT,
  run_name TEXT, start_date TEXT, end_date TEXT, output_dir TEXT, adls_container TEXT, adls_prefix TEXT, error TEXT,
  config_json TEXT NOT NULL, effective_config_json TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS idx_runs_submitted_at ON runs (submitted_at);
CREATE INDEX IF NOT EXISTS idx_runs_status ON runs (status);
)sql";

constexpr const char* old_rows = R"sql(
INSERT INTO runs VALUES ('done', 'completed', '2024-01-31T12:34:56.000001+00:00', '2024-01-31T12:34:57+00:00',
  '2024-01-31T12:35:00+00:00', 'My run', '2020-01-01', '2020-12-31', '/app/backtest_results/done', 'gold', 'p/done',
  NULL, '{"a": 1}', '{"a": 2}');
INSERT INTO runs VALUES ('broken', 'failed', '2024-01-31T12:00:00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  'service restarted', '{}', '{}');
INSERT INTO runs VALUES ('waiting', 'queued', '2024-02-01T00:00:00+00:00', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, '{"w": 1}', '{"w": 2}');
INSERT INTO runs VALUES ('under way', 'running', '2024-02-01T00:00:01+00:00', '2024-02-01T00:00:02+00:00', NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, '{}', '{}');
)sql";

class PythonServiceTakeoverTest : public testing::Test {
 protected:
  PythonServiceTakeoverTest() {
    std::string name = testing::TempDir() + "takeover_XXXXXX";
    directory_ = mkdtemp(name.data());
    SqliteConnection old(file());
    old.execute(old_tables);
    old.execute(old_rows);
  }
  ~PythonServiceTakeoverTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file() const { return directory_ / "backtest.sqlite3"; }
  std::unique_ptr<RunStore> opened() const {
    auto store = make_sqlite_run_store(file());
    store->open();
    return store;
  }

  std::filesystem::path directory_;
};

TEST_F(PythonServiceTakeoverTest, KeepsOldRunsReadable) {
  const auto store = opened();
  const auto done = store->get("done");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->state, RunState::completed);
  EXPECT_EQ(done->submitted_at, 1'706'704'496'000'001);
  EXPECT_EQ(done->completed_at, 1'706'704'500'000'000);
  EXPECT_EQ(done->run_name, "My run");
  EXPECT_EQ(done->end_date, "2020-12-31");
  EXPECT_EQ(done->output_dir, "done");  // W-73
  EXPECT_EQ(done->adls_prefix, "p/done");
  EXPECT_EQ(done->config_json, "{\"a\": 1}");
  EXPECT_EQ(done->effective_config_json, "{\"a\": 2}");
  EXPECT_EQ(done->artifacts, (ArtifactPointer{"", ""}));
  EXPECT_EQ(store->get("broken")->state, RunState::failed);
  EXPECT_EQ(store->get("broken")->error, "service restarted");
  EXPECT_EQ(store->get("broken")->submitted_at, 1'706'702'400'000'000);  // UTC, though it does not say so
  EXPECT_EQ(store->list({}, std::nullopt, 10).runs.size(), 4u);
  const Counts counts = store->counts();
  EXPECT_EQ(counts.completed, 1);
  EXPECT_EQ(counts.failed, 1);
  EXPECT_EQ(counts.queued, 2);
}

TEST_F(PythonServiceTakeoverTest, RunsWhatWasQueuedOrRunning) {
  const auto store = opened();
  const auto claimed = store->claim({.worker_id = "w", .limit = 9});
  ASSERT_EQ(claimed.size(), 2u);
  EXPECT_EQ(claimed[0].record.run_id, "waiting");
  EXPECT_EQ(claimed[0].record.effective_config_json, "{\"w\": 2}");
  EXPECT_EQ(claimed[1].record.run_id, "under way");
  EXPECT_TRUE(store->complete(claimed[1].lease, {.artifacts = {"attempts/1-x", "m"}}));
}

TEST_F(PythonServiceTakeoverTest, HappensOnce) {
  const auto first = opened();
  ASSERT_EQ(first->claim({.worker_id = "w", .limit = 9}).size(), 2u);
  const auto second = opened();
  EXPECT_EQ(second->counts().running, 2);
}

TEST_F(PythonServiceTakeoverTest, AnOldServiceStopsWithAnErrorAndHarmsNothing) {  // STO-6
  const auto store = opened();
  SqliteConnection old(file());
  EXPECT_THROW(old.execute(old_tables), StoreUnavailable);
  EXPECT_THROW(old.execute("UPDATE runs SET status = 'failed', error = 'service restarted' "
                           "WHERE status IN ('queued', 'running')"),
               StoreUnavailable);
  EXPECT_THROW(old.execute("INSERT INTO runs (run_id, status, submitted_at, config_json, effective_config_json) "
                           "VALUES ('x', 'queued', '2024-01-01', '{}', '{}')"),
               StoreUnavailable);
  EXPECT_EQ(store->counts().queued, 2);
}

TEST_F(PythonServiceTakeoverTest, OldColumnsStayReadable) {
  const auto store = opened();
  SqliteConnection reader(file());
  auto rows =
      reader.query("SELECT status, submitted_at, started_at, error, config_json FROM runs WHERE run_id = ?", "done");
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.text(0), "completed");
  EXPECT_EQ(rows.text(1), "2024-01-31T12:34:56.000001+00:00");
  EXPECT_EQ(rows.text(2), "2024-01-31T12:34:57.000000+00:00");
  EXPECT_TRUE(rows.is_null(3));
  EXPECT_EQ(rows.text(4), "{\"a\": 1}");
}

}  // namespace
}  // namespace backtest
