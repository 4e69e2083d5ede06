// What a failed assertion (assertion.hpp) does: it throws, unless the program asked for the end of its process.
#pragma once

#include <stdexcept>

namespace backtest {

// Whoever called the library decides what becomes of the rest of its process.
class BrokenInvariant : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// For the main() of a program, before it starts threads: from now on a failed assertion writes its message to standard
// error and aborts, so that no handler of exceptions can carry on with wrong numbers.
void abort_on_broken_invariants();

}  // namespace backtest
