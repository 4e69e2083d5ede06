#include "worker/child_process.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "worker/descriptor_passing.hpp"

namespace backtest {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

}  // namespace

ChildProcess::ChildProcess(const std::string& executable, const std::vector<std::string>& arguments,
                           const std::vector<std::string>& environment, int handed) {
  Pipe to_child;
  Pipe from_child;
  std::vector<std::string> argument_texts{executable};
  argument_texts.insert(argument_texts.end(), arguments.begin(), arguments.end());

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to_child.read_end.number(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from_child.write_end.number(), STDOUT_FILENO);
  // Whatever is open here: sockets of clients, the listening one, files of libraries that know no O_CLOEXEC.
  if (handed >= 0) posix_spawn_file_actions_adddup2(&actions, handed, handed_descriptor);
  posix_spawn_file_actions_addclosefrom_np(&actions, handed >= 0 ? handed_descriptor + 1 : handed_descriptor);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // The child starts with no signal blocked or ignored, and in a group of its own: a Ctrl-C at the terminal reaches the
  // worker, which then decides.
  sigset_t none;
  sigemptyset(&none);
  sigset_t defaults;
  sigfillset(&defaults);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  const int error = posix_spawn(&pid_, executable.c_str(), &actions, &attributes, pointers(argument_texts).data(),
                                pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), "starting the child process");
  input_ = to_child.write_end.release();
  output_ = from_child.read_end.release();
}

ChildProcess::~ChildProcess() {
  if (!exit_) {
    kill_now();
    wait();
  }
  close(output_);
  close_input();
}

bool ChildProcess::write_input(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(input_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

void ChildProcess::close_input() {
  if (input_ >= 0) close(std::exchange(input_, -1));
}

void ChildProcess::kill_now() {
  if (!exit_ && pid_ > 0) ::kill(pid_, SIGKILL);
}

ExitOfChild ChildProcess::wait() {
  if (exit_) return *exit_;
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) {
      exit_ = ExitOfChild{.by_signal = true, .code = SIGKILL};
      return *exit_;
    }
  }
  exit_ = WIFSIGNALED(status) ? ExitOfChild{.by_signal = true, .code = WTERMSIG(status)}
                              : ExitOfChild{.by_signal = false, .code = WEXITSTATUS(status)};
  return *exit_;
}

}  // namespace backtest
