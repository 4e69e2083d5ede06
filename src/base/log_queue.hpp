// Between log_event() and LogWriter; for base/log.cpp and base/log_writer.cpp only.
#pragma once

#include <string>

namespace backtest {

// Hands a line on: to the writer's queue where there is one, else straight to standard error.
void write_log_line(std::string line) noexcept;

}  // namespace backtest
