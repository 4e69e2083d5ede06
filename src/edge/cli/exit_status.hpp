// What the process tells its caller (CFG-24).
#pragma once

namespace backtest {

inline constexpr int exit_done = 0;
inline constexpr int exit_run_failed = 1;
inline constexpr int exit_invalid_input = 2;  // the config, the data, the settings or the command line is wrong
inline constexpr int exit_interrupted = 130;

}  // namespace backtest
