// `backtest serve` (API, and workers unless BACKTEST_MAX_CONCURRENT is 0) and `backtest worker` (workers only).
#pragma once

#include "edge/cli/adapters.hpp"

namespace backtest {

struct ServeOptions {
  Role role = Role::serve;
  bool print_config = false;  // show the effective settings, secrets masked, and end
};

// Runs until SIGTERM or SIGINT: then readiness goes off, no run is claimed, running attempts finish or are given back
// within the grace, and the process ends with 0.
int serve_command(const ServeOptions& options, const Adapters& adapters);

}  // namespace backtest
