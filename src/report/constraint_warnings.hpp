// One warning for each limit that changed what a strategy wanted: how often, by how much at most, what to do.
#pragma once

#include <vector>

#include "base/diagnostic.hpp"
#include "report/artifacts.hpp"

namespace backtest {

// Appends them in the order in which limits apply. `count` is the number of decisions that a limit changed.
void add_constraint_warnings(const RunView& run, std::vector<Diagnostic>& warnings);

}  // namespace backtest
