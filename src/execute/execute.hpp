// One whole run: load, simulate and report in turn, with progress, a way to stop, and times. The command line and the
// worker's child process call it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/diagnostic.hpp"
#include "base/json.hpp"
#include "engine/metric/summary.hpp"
#include "execute/load_run.hpp"
#include "execute/progress.hpp"
#include "execute/report_run.hpp"
#include "spec/spec.hpp"

namespace backtest {

struct ExecuteRequest {
  LoadOptions load;
  ReportOptions report;
  ProgressCallback on_progress;  // as SimulateOptions has it, and at each change of phase
  StopCallback stop_requested;
};

struct Timings {
  double load_s = 0.0;
  double simulate_s = 0.0;
  double report_s = 0.0;
  double total_s = 0.0;
  std::uint64_t peak_rss_bytes = 0;
};

struct ExecuteResult {
  Date first_date, last_date;  // of the bars that were simulated, which may be fewer than the config asks for
  Summary summary;
  Report report;
  Timings timings;
};

// Throws InvalidInput where config or data are wrong, Interrupted when stop_requested answered true, and
// std::exception for anything else (the run failed).
ExecuteResult execute_run(const Spec& spec, const ExecuteRequest& request);

}  // namespace backtest
