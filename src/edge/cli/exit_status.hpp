// What the process tells its caller (decisions.md, Contract).
#pragma once

namespace backtest {

enum ExitStatus : int {
  exit_done = 0,
  exit_run_failed = 1,
  exit_invalid_input = 2,  // the config, the data, the settings or the command line is wrong
  exit_interrupted = 130,
};

}  // namespace backtest
