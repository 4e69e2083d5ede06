// The files of a report are written by two threads.
#pragma once

#include <functional>
#include <vector>

namespace backtest {

// Calls each task once, beginning with the first, on this thread and another one. Where the machine has one core or
// gives no thread, this one does all. Returns when all have ended; after a failure no further one is begun, and the
// first is thrown.
void run_on_two_threads(const std::vector<std::function<void()>>& tasks);

}  // namespace backtest
