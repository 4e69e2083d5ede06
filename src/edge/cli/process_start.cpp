#include "edge/cli/process_start.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace backtest {

void prepare_process() {
  // open() gives the lowest free number, so that in this order each stream gets its own.
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    if (open("/dev/null", O_RDWR) != stream) std::abort();
  }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

void keep_service_private() {
  const mode_t inherited = umask(S_IRWXO);
  umask(inherited | S_IWGRP | S_IRWXO);
  const rlimit no_core{1, 1};
  setrlimit(RLIMIT_CORE, &no_core);
}

}  // namespace backtest
