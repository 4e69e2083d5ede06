#include "service/readiness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

#include "artifact_store/local/local_artifact_store.hpp"
#include "base/log.hpp"
#include "run_store/sqlite/sqlite_run_store.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

class ReadinessTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/backtest-readiness-XXXXXX";
    directory_ = mkdtemp(name);
    runs_ = make_sqlite_run_store(directory_ / "runs.sqlite3");
    runs_->open();
    set_log_sink([this](std::string_view line) {
      const std::lock_guard lock(mutex_);
      log_ += line;
    });
  }
  void TearDown() override {
    set_log_sink({});
    runs_.reset();
    fs::remove_all(directory_);
  }

  // Polls until the answer of a look that began after this call.
  static Fitness fresh(Readiness& readiness) {
    const auto since = steady_clock::now();
    for (;;) {
      const Fitness fitness = readiness.fitness(since);
      if (fitness.is_fit || !fitness.reason.empty()) return fitness;
      std::this_thread::sleep_for(milliseconds(2));
    }
  }
  std::size_t lines_with(std::string_view words) {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (auto at = log_.find(words); at != std::string::npos; at = log_.find(words, at + 1)) ++count;
    return count;
  }

  fs::path directory_;
  std::unique_ptr<RunStore> runs_;

 private:
  std::mutex mutex_;
  std::string log_;
};

TEST_F(ReadinessTest, OneJudgementForProbesAndWorker) {
  const auto artifacts = make_local_artifact_store(directory_ / "out");
  Readiness readiness(*runs_, *artifacts, {});
  EXPECT_TRUE(fresh(readiness).is_fit);
  EXPECT_EQ(readiness.reason(), std::nullopt);
  fs::rename(directory_ / "out", directory_ / "away");
  EXPECT_EQ(fresh(readiness).reason, "the output directory is not available");
  EXPECT_EQ(readiness.reason(), "the output directory is not available");
  fs::rename(directory_ / "away", directory_ / "out");
  EXPECT_TRUE(fresh(readiness).is_fit);
  fs::rename(directory_ / "runs.sqlite3", directory_ / "runs.away");
  EXPECT_EQ(fresh(readiness).reason, "the run store is not available");
  fs::rename(directory_ / "runs.away", directory_ / "runs.sqlite3");
  EXPECT_TRUE(fresh(readiness).is_fit);
}

TEST_F(ReadinessTest, AnAnswerFromBeforeTheFaultDoesNotCount) {
  const auto artifacts = make_local_artifact_store(directory_ / "out");
  Readiness readiness(*runs_, *artifacts, {});
  ASSERT_TRUE(fresh(readiness).is_fit);
  const Fitness unknown = readiness.fitness(steady_clock::now());
  EXPECT_FALSE(unknown.is_fit);
  EXPECT_EQ(unknown.reason, "") << "nobody has looked yet";
}

TEST_F(ReadinessTest, AFaultThatGoesOnIsSaidOnce) {
  const auto artifacts = make_local_artifact_store(directory_ / "out");
  Readiness readiness(*runs_, *artifacts, {});
  ASSERT_TRUE(fresh(readiness).is_fit);
  for (int times = 1; times <= 2; ++times) {
    fs::rename(directory_ / "out", directory_ / "away");
    for (int look = 0; look < 5; ++look) EXPECT_FALSE(fresh(readiness).is_fit);
    EXPECT_EQ(lines_with("the output directory is not available\",\"reason"), times) << "and anew once it was over";
    fs::rename(directory_ / "away", directory_ / "out");
    EXPECT_TRUE(fresh(readiness).is_fit);
  }
}

TEST_F(ReadinessTest, RoomIsMadeBeforeTheDiskIsShort) {
  const auto artifacts = make_local_artifact_store(directory_ / "out", std::uint64_t{1} << 60);
  std::atomic<int> asked = 0;
  Readiness readiness(*runs_, *artifacts, [&] { ++asked; });
  EXPECT_EQ(fresh(readiness).reason, "disk space is low");
  EXPECT_GT(asked.load(), 0);
  EXPECT_TRUE(readiness.is_short_of_disk());
}

}  // namespace
}  // namespace backtest
