// The starter's own side: `backtest starter`, a command that only workers call (starter.hpp).
#pragma once

#include <sys/types.h>

namespace backtest {

inline constexpr const char* starter_command = "starter";
// What it sends first; then the process of each copy that it was asked for, or what is no process (below zero).
inline constexpr pid_t starter_is_ready = 0;

// Answers on `handed_descriptor` until its other end is closed. In each copy it does what attempt_child() does.
int starter_process();

}  // namespace backtest
