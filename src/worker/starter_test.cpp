// The starter is this program itself, as a worker's is: it is started with the command's name and loads the library
// that lies beside it.
#include "worker/starter.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "worker/child_side.hpp"
#include "worker/starter_process.hpp"

namespace backtest {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using std::chrono::steady_clock;

std::string contents(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Before main(): a test program knows no command.
[[maybe_unused]] const bool is_no_starter = [] {
  if (contents("/proc/self/cmdline").find(std::string("\0starter\0", 9)) == std::string::npos) return true;
  _exit(starter_process());
}();

fs::path place_of(pid_t process) {
  return "/proc/" + std::to_string(process);
}

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

template <typename Condition>
auto soon(Condition condition) {
  const auto deadline = steady_clock::now() + seconds(60);
  auto found = condition();
  while (!found && steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    found = condition();
  }
  return found;
}

std::unique_ptr<ChildProcess> first_copy(Starter& starter, int handed = -1) {
  return soon([&] {
    starter.keep_alive();
    return starter.start(handed);
  });
}

class StarterTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!Starter::is_possible()) GTEST_SKIP() << "not under this sanitizer";
  }
  Starter starter_{"/proc/self/exe"};
};

TEST_F(StarterTest, IsNotThereUntilItIsAskedFor) {
  EXPECT_EQ(starter_.start(), nullptr);
  EXPECT_EQ(starter_.pid(), -1);
}

TEST_F(StarterTest, ACopyIsAChildOfThisProcessAndHasWhatAStartedOneHas) {
  setenv("BACKTEST_CANARY", "secret", 1);
  const int inherited = open("/dev/null", O_RDONLY);
  for (const int handed : {-1, inherited}) {
    const auto copy = first_copy(starter_, handed);
    ASSERT_NE(copy, nullptr);
    const fs::path place = place_of(copy->pid());
    EXPECT_NE(copy->pid(), starter_.pid());
    EXPECT_TRUE(soon([&] { return contents(place / "cmdline").ends_with(std::string("\0attempt\0", 9)); }));
    EXPECT_THAT(contents(place / "status"), testing::HasSubstr("\nPPid:\t" + std::to_string(getpid()) + "\n"));
    // It has taken its standard output for its answers by then.
    const std::size_t expected = handed < 0 ? 4 : 5;
    EXPECT_TRUE(soon([&] { return names_in(place / "fd").size() == expected; }));
    for (const std::string& name : names_in(place / "fd")) {
      EXPECT_THAT(fs::read_symlink(place / "fd" / name).string(), testing::Not(testing::StartsWith("socket:"))) << name;
    }
    EXPECT_EQ(getpgid(copy->pid()), copy->pid());
    std::string environment;
    for (const std::string& variable : child_environment()) environment += variable + '\0';
    EXPECT_EQ(contents(place / "environ"), environment);
    copy->write_input("no job\n");
    const ExitOfChild exit = copy->wait();
    EXPECT_FALSE(exit.by_signal);
    EXPECT_EQ(exit.code, 2) << "as `backtest attempt` without a job";
  }
  EXPECT_EQ(names_in(place_of(starter_.pid()) / "fd"), (std::vector<std::string>{"0", "1", "2", "3"}))
      << "it keeps nothing of its copies, nor of this process";
  EXPECT_EQ(names_in(place_of(starter_.pid()) / "task").size(), 1u);
  close(inherited);
}

TEST_F(StarterTest, ACopyEndsWithItsPipe) {
  const auto copy = first_copy(starter_);
  ASSERT_NE(copy, nullptr);
  const auto other = starter_.start();
  ASSERT_NE(other, nullptr);
  copy->close_input();
  EXPECT_EQ(copy->wait().code, 2) << "no other copy holds its pipe";
}

TEST_F(StarterTest, ItsDeathTakesNoCopyWithItAndAnotherOneFollows) {
  const auto copy = first_copy(starter_);
  ASSERT_NE(copy, nullptr);
  const pid_t first = starter_.pid();
  kill(first, SIGKILL);
  EXPECT_TRUE(soon([&] { return contents(place_of(first) / "status").find("\nState:\tZ") != std::string::npos; }));
  EXPECT_EQ(starter_.start(), nullptr);
  const auto next = first_copy(starter_);
  ASSERT_NE(next, nullptr);
  EXPECT_NE(starter_.pid(), first);
  copy->write_input("no job\n");
  EXPECT_EQ(copy->wait().code, 2);
}

TEST_F(StarterTest, ARenewedOneIsAnotherProcess) {
  ASSERT_NE(first_copy(starter_), nullptr);
  const pid_t first = starter_.pid();
  starter_.renew();
  EXPECT_FALSE(fs::exists(place_of(first)));
  EXPECT_EQ(starter_.start(), nullptr);
  ASSERT_NE(first_copy(starter_), nullptr);
}

TEST_F(StarterTest, OneThatDoesNotAnswerIsGivenUpForAnotherOne) {
  ASSERT_NE(first_copy(starter_), nullptr);
  const pid_t first = starter_.pid();
  kill(first, SIGSTOP);
  EXPECT_TRUE(soon([&] { return contents(place_of(first) / "status").find("\nState:\tT") != std::string::npos; }));
  EXPECT_EQ(starter_.start(), nullptr);
  EXPECT_FALSE(fs::exists(place_of(first)));
  EXPECT_NE(first_copy(starter_), nullptr);
}

}  // namespace
}  // namespace backtest
