// Wiring only: the adapters behind the interfaces, and the command line.

#include <signal.h>

#include <cstdio>
#include <exception>

#include "edge/cli/command_line.hpp"

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(), not the end of the process
  try {
    return backtest::command_line(argc, argv, backtest::Adapters{});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "backtest: %s\n", error.what());
    return 1;
  }
}
