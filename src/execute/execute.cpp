#include "execute/execute.hpp"

#include <sys/resource.h>

#include <chrono>
#include <utility>

#include "execute/simulate_run.hpp"

namespace backtest {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;  // Linux counts kibibytes
}

void announce(const ExecuteRequest& request, Phase phase) {
  if (request.stop_requested && request.stop_requested()) throw Interrupted();
  if (request.on_progress) request.on_progress({.phase = phase});
}

}  // namespace

ExecuteResult execute_run(const Spec& spec, const ExecuteRequest& request) {
  const auto start = Clock::now();
  ExecuteResult result;

  announce(request, Phase::loading);
  const LoadedData loaded = load_run(spec, request.load);
  result.timings.load_s = seconds_since(start);

  announce(request, Phase::simulating);
  const auto simulate_start = Clock::now();
  SimulatedRun run;
  simulate_run(spec.policy, loaded.market,
               {.simulation = {}, .on_progress = request.on_progress, .stop_requested = request.stop_requested}, run);
  result.timings.simulate_s = seconds_since(simulate_start);

  announce(request, Phase::reporting);
  const auto report_start = Clock::now();
  result.report = report_run(spec, loaded, run, request.report);
  result.timings.report_s = seconds_since(report_start);

  result.first_date = loaded.market.prices.dates[run.result.first_bar];
  result.last_date = loaded.market.prices.dates[run.result.first_bar + run.result.bars.size() - 1];
  result.summary = std::move(run.summary);
  result.timings.total_s = seconds_since(start);
  result.timings.peak_rss_bytes = peak_rss_bytes();
  return result;
}

}  // namespace backtest
