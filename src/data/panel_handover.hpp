// Loaded market data handed from the process that loads to the one that simulates, as a file descriptor: over a socket
// (SCM_RIGHTS), or inherited. The simulating process then needs no access to the files that the data came from.
#pragma once

#include "data/load.hpp"

namespace backtest {

// A file in memory that holds `data`, sealed so that nobody can change or shorten what a reader has mapped. The caller
// closes it. The data's own memory is given back on the way: `data` is the last that holds it. Throws
// std::system_error.
int hand_over(LoadedData data);

// What hand_over() made, mapped, not copied; the descriptor stays the caller's. Throws InvalidInput for any other file.
LoadedData take_over(int descriptor);

}  // namespace backtest
