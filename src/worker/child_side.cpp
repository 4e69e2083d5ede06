#include "worker/child_side.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

namespace backtest {

const std::vector<std::string>& child_environment() {
  static const std::vector<std::string> environment{
      "PATH=/usr/bin:/bin", "LANG=C.UTF-8", "TZ=UTC",
      // A thread of before main() would keep what the others give up (file_rules.hpp).
      "JE_ARROW_MALLOC_CONF=background_thread:false"};
  return environment;
}

int take_standard_output() {
  prctl(PR_SET_NAME, "backtest");  // started by way of /proc/self/exe, it would be called "exe"
  const int taken = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  return taken < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ? -1 : taken;
}

std::string read_line_of_input(std::size_t most_bytes) {
  std::string line;
  char buffer[65536];
  while (line.size() < most_bytes) {
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    line.append(buffer, static_cast<std::size_t>(got));
    if (line.back() == '\n') return line;
  }
  return {};
}

void write_or_exit(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(1);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace backtest
