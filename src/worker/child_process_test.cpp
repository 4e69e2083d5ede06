#include "worker/child_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "worker/descriptor_passing.hpp"

namespace backtest {
namespace {

std::string output_of(ChildProcess& child) {
  std::string text;
  char buffer[256];
  for (ssize_t got; (got = read(child.output(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

TEST(ChildProcess, EnvironmentIsWhatWasGivenAndNothingElse) {
  setenv("BACKTEST_CANARY", "secret", 1);
  ChildProcess child("/usr/bin/env", {}, {"A=1", "B=2"});
  EXPECT_EQ(output_of(child), "A=1\nB=2\n");
  EXPECT_EQ(child.wait().code, 0);
}

// The listening socket, or a client's connection, would live on in the child, whoever closes it here.
TEST(ChildProcess, NoDescriptorOfThisProcessIsOpenInIt) {
  const int inherited = open("/dev/null", O_RDONLY);  // as libraries open theirs: without O_CLOEXEC
  ChildProcess child("/bin/ls", {"/proc/self/fd"}, {});
  EXPECT_EQ(output_of(child), "0\n1\n2\n3\n");  // the last is ls's own
  close(inherited);
}

TEST(ChildProcess, OneDescriptorCanBeHandedToItAndOneComesBack) {
  DescriptorChannel channel;
  EXPECT_LT(channel.receive().number(), 0) << "nothing was sent";
  const FileDescriptor sent(open("/dev/null", O_RDONLY | O_CLOEXEC));
  send_descriptor(channel.for_child(), sent.number());
  const FileDescriptor received = channel.receive();
  ASSERT_GE(received.number(), 0);
  ChildProcess child("/bin/ls", {"-l", "/proc/self/fd/3"}, {}, received.number());
  EXPECT_NE(output_of(child).find("/dev/null"), std::string::npos);
}

TEST(ChildProcess, InputReachesTheChildAndItsEndIsSeen) {
  ChildProcess child("/bin/sh", {"-c", "read line; echo got $line; exit 3"}, {});
  EXPECT_TRUE(child.write_input("hello\n"));
  EXPECT_EQ(output_of(child), "got hello\n");
  const ExitOfChild exit = child.wait();
  EXPECT_FALSE(exit.by_signal);
  EXPECT_EQ(exit.code, 3);
}

TEST(ChildProcess, KilledChildIsReportedByItsSignal) {
  ChildProcess child("/bin/sleep", {"60"}, {});
  child.kill_now();
  const ExitOfChild exit = child.wait();
  EXPECT_TRUE(exit.by_signal);
  EXPECT_EQ(exit.code, SIGKILL);
}

TEST(ChildProcess, WritingToAChildThatHasGoneIsFalseNotASignal) {
  signal(SIGPIPE, SIG_IGN);
  ChildProcess child("/bin/true", {}, {});
  child.wait();
  EXPECT_FALSE(child.write_input(std::string(1 << 20, 'x')));
}

TEST(ChildProcess, MissingExecutableThrows) {
  EXPECT_THROW(ChildProcess("/nowhere/at/all", {}, {}), std::system_error);
}

}  // namespace
}  // namespace backtest
