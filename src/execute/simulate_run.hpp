// The second of a run's three steps: a policy over loaded data, in memory. Nothing is written; report_run() is for
// that.
#pragma once

#include "engine/metric/summary.hpp"
#include "engine/simulate.hpp"
#include "execute/progress.hpp"

namespace backtest {

struct SimulatedRun {
  SimulationResult result;
  Summary summary;
};

struct SimulateOptions {
  SimulationOptions simulation;  // bars, book, decider; its listener is replaced where a callback below is set
  ProgressCallback on_progress;  // at most 20 times a second, and at the last bar
  StopCallback stop_requested;   // asked at least every 50 ms
};

// `run` is cleared and filled; its buffers are reused. Throws Interrupted when stop_requested answered true,
// InvalidInput as simulate() does.
void simulate_run(const Policy& policy, const MarketData& market, const SimulateOptions& options, SimulatedRun& run);

}  // namespace backtest
