// A child process with a pipe to its standard input and one from its standard output. Its environment is given whole:
// nothing of this process's own (where secrets are) reaches it. Nor does an open descriptor, but the one that is
// handed to it as `handed_descriptor`.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backtest {

struct ExitOfChild {
  bool by_signal = false;
  int code = 0;  // exit status, or the signal's number
};

// What a child finds what it was handed as.
inline constexpr int handed_descriptor = 3;

class ChildProcess {
 public:
  // Throws std::system_error when the process cannot be started. `handed` stays the caller's; -1: nothing.
  ChildProcess(const std::string& executable, const std::vector<std::string>& arguments,
               const std::vector<std::string>& environment, int handed = -1);
  // Of a child that was made otherwise (starter.hpp), with this process's ends of its pipes, which it takes.
  ChildProcess(pid_t pid, int input, int output) : pid_(pid), input_(input), output_(output) {}
  // Kills and reaps a child that still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int output() const { return output_; }
  pid_t pid() const { return pid_; }
  // False when the child has closed its end. Blocks while the pipe is full.
  bool write_input(std::string_view bytes);
  // What ends a child of this program that waits for a job, or executes one.
  void close_input();
  void kill_now();
  // Waits for the child's end.
  ExitOfChild wait();

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::optional<ExitOfChild> exit_;
};

}  // namespace backtest
