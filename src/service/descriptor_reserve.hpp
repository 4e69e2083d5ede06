// How many descriptors this process may open. How they are shared out is edge/http/server/connection_limits.hpp's.
#pragma once

#include "settings/settings.hpp"

namespace backtest {

// Raises the process's limit to the most that it may have: a login shell's is too low for 1,000 listeners. Throws
// std::runtime_error where even that leaves fewer than stores, attempts and a few connections need.
void reserve_descriptors(const Settings& settings);

}  // namespace backtest
