#include "run_store/sqlite/sqlite_run_store.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace backtest {
namespace {

class SqliteRunStoreTest : public testing::Test {
 protected:
  SqliteRunStoreTest() {
    std::string name = testing::TempDir() + "sqlite_run_store_XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~SqliteRunStoreTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path file() const { return directory_ / "runs.sqlite3"; }
  std::unique_ptr<RunStore> open_store() const {
    auto store = make_sqlite_run_store(file());
    store->open();
    return store;
  }

  static Submission submission(const std::string& run_id, const std::string& submitter = "anonymous") {
    Submission submission;
    submission.record.run_id = run_id;
    submission.record.output_dir = run_id;
    submission.record.submitter = submitter;
    submission.record.config_json = R"({"a": 1})";
    submission.record.effective_config_json = R"({"a": 1, "b": 2})";
    return submission;
  }

  std::filesystem::path directory_;
};

TEST_F(SqliteRunStoreTest, KeepsRunsAndLeasesWhenTheFileIsOpenedAgain) {
  Lease lease;
  {
    const auto store = open_store();
    ASSERT_TRUE(store->submit(submission("first"), {}));
    ASSERT_TRUE(store->submit(submission("second"), {}));
    const auto claimed = store->claim({.worker_id = "w"});
    ASSERT_EQ(claimed.size(), 1u);
    EXPECT_EQ(claimed[0].record.run_id, "first");
    EXPECT_EQ(claimed[0].record.effective_config_json, R"({"a": 1, "b": 2})");
    lease = claimed[0].lease;
  }
  const auto store = open_store();
  EXPECT_EQ(store->get("second")->state, RunState::queued);
  EXPECT_EQ(store->get("first")->state, RunState::running);
  EXPECT_EQ(store->current_lease("first"), lease);
  const auto completed = store->complete(lease, {.artifacts = {"attempts/1-x", "abc"}});
  ASSERT_TRUE(completed);
  EXPECT_EQ(completed->state, RunState::completed);
  EXPECT_EQ(store->list({}, std::nullopt, 10).runs.size(), 2u);
  EXPECT_EQ(store->counts().completed, 1);
}

}  // namespace
}  // namespace backtest
