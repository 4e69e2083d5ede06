// The service's side of the starter: a process of this program that has loaded and used what every attempt needs, and
// of which each attempt's process is a copy. A copy costs a clone; a start costs the loading of Arrow, most of a small
// run.
//
// A copy is this process's own child, as one that was started is: its pipes, its exit status and its death with this
// process are the same. The starter knows no job and no secret; a job goes over the pipe of its copy alone.
//
// It only saves time. Where it is not ready, has died or does not answer, the caller starts a process itself.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "worker/child_process.hpp"
#include "worker/descriptor_passing.hpp"

namespace backtest {

class Starter {
 public:
  // Not under the sanitizers whose runtimes do not survive a clone that they do not see.
  static bool is_possible();
  // `executable`: this program. Nothing is started yet.
  explicit Starter(std::string executable);

  // Starts the process where there is none, or the last one has died; never waits for it, never throws. Of one thread
  // alone, which outlives what is copied: the kernel takes it for the parent of all copies (PR_SET_PDEATHSIG).
  void keep_alive();
  // A process as `backtest attempt` would be; null where there is no starter for now. `handed` as of ChildProcess.
  // Throws std::system_error where no pipe is to be had. Any thread.
  std::unique_ptr<ChildProcess> start(int handed = -1);
  // A copy was ended by a fault of its own. Copies of one process have their memory at the same places, so that one
  // could try what the next one profits from: those from now on are of another process. Any thread.
  void renew();
  // Of the process; -1 where there is none.
  pid_t pid() const;

 private:
  void give_up(const char* why);
  bool has_died() const;
  bool is_ready();
  std::optional<pid_t> answer_within(std::chrono::milliseconds time);

  const std::string executable_;
  mutable std::mutex mutex_;  // guards the rest
  DescriptorChannel channel_;
  std::optional<ChildProcess> process_;
  bool is_ready_ = false;
  std::chrono::steady_clock::time_point next_start_{};
  std::chrono::milliseconds pause_;  // before the next start
};

}  // namespace backtest
