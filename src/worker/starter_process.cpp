#include "worker/starter_process.hpp"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <system_error>
#include <vector>

#include "arrow_library/arrow_library.hpp"
#include "base/assertion.hpp"
#include "base/log.hpp"
#include "base/run_heap.hpp"
#include "worker/attempt_child.hpp"
#include "worker/child_process.hpp"
#include "worker/descriptor_passing.hpp"

namespace backtest {

namespace {

constexpr std::string_view name_of_copies = "attempt";

std::ptrdiff_t thread_count() {
  const std::filesystem::directory_iterator threads("/proc/self/task");
  return std::distance(begin(threads), end(threads));
}

// fork(), but the copy is a child of this process's parent. A lock that another thread held would be held in the copy
// for ever, so there must be none; what fork() does besides is for such threads alone, but for the C library's idea of
// the thread's number. The kernel knows where that is kept; one that does not say so leaves the starter's, which is no
// other thread's while the starter lives.
pid_t clone_as_sibling() {
  BACKTEST_ASSERT(thread_count() == 1, "a process with threads cannot be copied");
  unsigned long flags = CLONE_PARENT | SIGCHLD;
  pid_t* own_number = nullptr;
  if (prctl(PR_GET_TID_ADDRESS, &own_number) == 0 && own_number != nullptr && *own_number == getpid()) {
    flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
  }
#if defined(__x86_64__)
  return static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, own_number, nullptr));
#else
  return static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, nullptr, own_number));
#endif
}

// Who lists processes is shown what it does.
void rename_to_copy() {
  static_assert(name_of_copies.size() == std::string_view(starter_command).size());
  char* const command = program_invocation_name + std::strlen(program_invocation_name) + 1;
  if (std::strcmp(command, starter_command) == 0) std::memcpy(command, name_of_copies.data(), name_of_copies.size());
}

// As ChildProcess leaves a process that it starts: pipes, what it is handed, and no other descriptor; above all not the
// starter's, over which copies are asked for.
[[noreturn]] void be_copy(const std::vector<FileDescriptor>& given) {
  // What was received lies above all that it is to become.
  if (dup2(given[0].number(), STDIN_FILENO) < 0 || dup2(given[1].number(), STDOUT_FILENO) < 0) _exit(2);
  if (given.size() > 2) {
    if (dup2(given[2].number(), handed_descriptor) < 0) _exit(2);
  } else {
    close(handed_descriptor);
  }
  closefrom(handed_descriptor + 1);
  rename_to_copy();
  setpgid(0, 0);
  _exit(attempt_child());
}

}  // namespace

int starter_process() {
  prctl(PR_SET_NAME, "backtest");
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  use_run_heap();
  try {
    load_arrow_library(Binding::now);
  } catch (const std::system_error& error) {
    log_warning("attempts cannot be copied", {{"reason", error.what()}});
    return 3;
  }
  const auto say = [](pid_t answer) {
    return send(handed_descriptor, &answer, sizeof answer, MSG_NOSIGNAL) == sizeof answer;
  };
  if (!say(starter_is_ready)) return 0;
  for (;;) {
    const std::vector<FileDescriptor> given = receive_descriptors(handed_descriptor);
    if (given.size() < 2) return 0;
    const pid_t copy = clone_as_sibling();
    if (copy == 0) be_copy(given);
    if (!say(copy)) return 0;
  }
}

}  // namespace backtest
