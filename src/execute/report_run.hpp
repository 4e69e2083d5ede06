// The third of a run's three steps: a simulated run -> its artifacts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/load.hpp"
#include "execute/simulate_run.hpp"
#include "report/report.hpp"
#include "spec/spec.hpp"

namespace backtest {

struct ReportOptions {
  std::string run_id;
  std::filesystem::path directory;  // exists and is empty; artifacts are written into it
  std::string submitted_at;         // UTC ISO text
};

// `loaded` and `run` are those of `spec`. Throws std::system_error where a file cannot be written.
Report report_run(const Spec& spec, const LoadedData& loaded, const SimulatedRun& run, const ReportOptions& options);

// Of config, data and what the run shows about its data, in this order.
std::vector<Diagnostic> warnings_of(const Spec& spec, const LoadedData& loaded, const SimulatedRun& run);

}  // namespace backtest
