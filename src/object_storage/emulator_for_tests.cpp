#include "object_storage/emulator_for_tests.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

namespace backtest {

namespace {

int announced_port(int output, const std::string& announcement) {
  std::string text;
  char block[512];
  for (;;) {
    const ssize_t count = read(output, block, sizeof block);
    if (count <= 0) throw std::runtime_error("the emulator did not start (./dev setup): " + text);
    text.append(block, static_cast<std::size_t>(count));
    const std::size_t at = text.find(announcement);
    if (at != std::string::npos && text.find('\n', at) != std::string::npos) {
      return std::stoi(text.substr(at + announcement.size()));
    }
  }
}

// What it says later is of no interest, but a full pipe would hold it up.
void swallow(int output) {
  std::thread([output] {
    char block[4096];
    while (read(output, block, sizeof block) > 0) {
    }
    close(output);
  }).detach();
}

}  // namespace

std::filesystem::path EmulatorProcess::dependencies() {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  return program.parent_path().parent_path().parent_path() / ".deps";
}

EmulatorProcess::EmulatorProcess(const std::vector<std::string>& command, const std::string& announcement) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    execv(words[0], words.data());
    _exit(127);
  }
  close(ends[1]);
  try {
    port_ = announced_port(ends[0], announcement);
  } catch (...) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    close(ends[0]);
    throw;
  }
  swallow(ends[0]);
}

EmulatorProcess::~EmulatorProcess() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

}  // namespace backtest
