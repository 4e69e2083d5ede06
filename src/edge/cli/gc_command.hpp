// `backtest gc`: removes runs past retention and what lost attempts left behind.
#pragma once

#include "artifact_store/artifact_store.hpp"
#include "edge/cli/adapters.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

struct Collected {
  std::size_t runs = 0;      // past retention, with their artifacts
  std::size_t attempts = 0;  // lost
};

// retention_days 0 keeps every run. Directories without an attempts/ layout (`backtest run`'s, the Python service's)
// are left alone.
Collected collect_garbage(RunStore& runs, ArtifactStore& artifacts, int retention_days);

int gc_command(const Adapters& adapters);

}  // namespace backtest
