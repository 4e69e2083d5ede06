// The command line: which command was asked for, with which options. Each command is a function of its own file.
#pragma once

#include "edge/cli/adapters.hpp"

namespace backtest {

// Returns the exit status.
int command_line(int argc, char** argv, const Adapters& adapters);

}  // namespace backtest
