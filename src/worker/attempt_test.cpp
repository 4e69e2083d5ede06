// What becomes of a run whose process tries what no run may do. The process is this program itself, started as a worker
// starts its own: it gives up what the process of an attempt gives up, and then does what the "config" says.
#include "worker/attempt.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "artifact_store/local/local_artifact_store.hpp"
#include "run_store/sqlite/sqlite_run_store.hpp"
#include "worker/confinement.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;

struct Misdeed {
  const char* name;
  bool needs_landlock = false;  // to be refused
};

constexpr Misdeed misdeeds[] = {{"connect"}, {"fork"}, {"exec"}, {"open outside", true}, {"write outside", true}};

bool has_landlock() {
  return syscall(444, nullptr, std::size_t{0}, 1u) >= 1;
}

void misbehave(const std::string& how) {
  if (how == "connect") socket(AF_INET, SOCK_STREAM, 0);
  if (how == "fork") syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (how == "exec") execl("/bin/true", "true", nullptr);
  const bool is_read = how == "open outside" && open("/etc/passwd", O_RDONLY) < 0;
  const bool is_written = how == "write outside" && open("/tmp/of-an-attempt", O_WRONLY | O_CREAT, 0600) < 0;
  if (!is_read && !is_written) _exit(3);
  const std::string refused = encode(AttemptOutcome{.kind = OutcomeKind::forbidden, .message = "refused"});
  _exit(write(STDOUT_FILENO, refused.data(), refused.size()) > 0 ? 0 : 4);
}

// Before main(): a test program knows no command.
[[maybe_unused]] const bool is_parent = [] {
  std::string arguments;
  std::getline(std::ifstream("/proc/self/cmdline"), arguments);
  if (arguments.find(std::string("\0attempt\0", 9)) == std::string::npos) return true;
  std::string line;
  for (char letter = 0; letter != '\n' && read(STDIN_FILENO, &letter, 1) == 1;) line += letter;
  const auto job = decode_job(line);
  if (!job) _exit(5);
  limit_process(*job, ChildRole::simulating);
  confine(*job, ChildRole::simulating);
  misbehave(job->config_json);
  return false;
}();

TEST(Attempt, AProcessThatTriesWhatNoRunMayDoFailsItsRunWithTheReason) {
  char name[] = "/tmp/attempt-XXXXXX";
  const fs::path root = mkdtemp(name);
  {
    const auto runs = make_sqlite_run_store(root / "runs.sqlite3");
    const auto artifacts = make_local_artifact_store(root / "results");
    artifacts->check();
    runs->open();
    AttemptSettings settings;
    settings.executable = "/proc/self/exe";
    int finished = 0;
    for (const auto& [how, needs_landlock] : misdeeds) {
      if (needs_landlock && !has_landlock()) continue;
      Submission submission;
      submission.record.run_id = std::string("RUN-") + std::string(how).substr(0, 4) + "-" + std::to_string(getpid());
      submission.record.effective_config_json = how;
      ASSERT_TRUE(runs->submit(submission, {}).has_value()) << how;
      auto claimed = runs->claim({.worker_id = "3e0f9f4e-7a3f-4c4e-9d57-0d0f1e6a2b3c"});
      ASSERT_EQ(claimed.size(), 1u) << how;
      {
        const Attempt attempt(std::move(claimed[0]), std::chrono::steady_clock::now(), settings, *runs, *artifacts,
                              [&] { ++finished; });
      }
      EXPECT_EQ(std::exchange(finished, 0), 1) << how;
      const auto record = runs->get(submission.record.run_id);
      ASSERT_TRUE(record.has_value());
      EXPECT_EQ(record->state, RunState::failed) << how;
      EXPECT_EQ(record->error_code, "forbidden_operation") << how;
      EXPECT_THAT(record->error.value_or(""), testing::HasSubstr("what no run may do")) << how;
    }
  }
  fs::remove_all(root);
}

}  // namespace
}  // namespace backtest
