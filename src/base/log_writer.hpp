// The log's way to standard error while this object lives: lines wait in a bounded queue and a thread writes them, so
// that nobody who logs waits for whoever reads. What does not fit is dropped and counted.
#pragma once

#include <cstdint>

namespace backtest {

class LogWriter {
 public:
  // At most one at a time. Where no thread can be had, lines are written by their callers, as without a writer.
  LogWriter();
  // Waits until everything is written, for at most a second: a reader that stands still is left behind.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
};

// Lines that did not fit into the queue or that standard error refused, since the process began.
std::uint64_t dropped_log_lines();

}  // namespace backtest
