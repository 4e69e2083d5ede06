// Descriptors of a service process: how many there are, and how many of them clients may not have.
#pragma once

#include "settings/settings.hpp"

namespace backtest {

// What children, stores, the log and libraries need at the most, so that an accepted run can be executed and stored
// whatever clients do: the connections that the HTTP server takes must leave so many.
int needed_descriptors(const Settings& settings);

// Raises the process's limit to the most that it may have: a login shell's is too low for 1,000 listeners. Throws
// std::runtime_error where even that leaves fewer than needed_descriptors() and a few connections.
void reserve_descriptors(const Settings& settings);

}  // namespace backtest
