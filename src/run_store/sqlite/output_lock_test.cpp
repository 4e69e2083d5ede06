#include "run_store/sqlite/output_lock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "base/diagnostic.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

class OutputLockTest : public testing::Test {
 protected:
  OutputLockTest() {
    std::string name = testing::TempDir() + "output_lock_XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~OutputLockTest() override { fs::remove_all(directory_); }
  auto locked(const fs::path& output) const { return std::make_unique<OutputLock>(directory_ / "runs", output); }

  fs::path directory_;
};

TEST_F(OutputLockTest, ManyShareOneDirectoryByAnyPath) {
  const auto first = locked(directory_ / "results");
  const auto second = locked(directory_ / "results");
  fs::create_directory_symlink(directory_ / "results", directory_ / "link");
  const auto third = locked(directory_ / "link");
}

TEST_F(OutputLockTest, AnotherDirectoryIsRefusedWhileSomebodyLives) {
  auto first = locked(directory_ / "results");
  auto second = locked(directory_ / "results");
  for (auto* gone : {&first, &second}) {
    try {
      locked(directory_ / "elsewhere");
      ADD_FAILURE() << "two directories";
    } catch (const InvalidInput& error) {
      EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("BACKTEST_OUTPUT_DIR"),
                                               testing::HasSubstr((directory_ / "results").string() + ", not in")));
    }
    gone->reset();
  }
  const auto moved = locked(directory_ / "elsewhere");
  EXPECT_THROW(locked(directory_ / "results"), InvalidInput);
}

TEST_F(OutputLockTest, ADeadProcessBarsNobody) {
  const pid_t child = fork();
  if (child == 0) {
    const auto held = locked(directory_ / "results");
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  const auto other = locked(directory_ / "elsewhere");
}

}  // namespace
}  // namespace backtest
