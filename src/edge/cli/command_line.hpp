// The command line: which command was asked for, with which options. Each command is a function of its own file.
#pragma once

#include "service/stores.hpp"

namespace backtest {

// Returns the exit status.
int command_line(int argc, char** argv, const StoreKinds& kinds);

}  // namespace backtest
