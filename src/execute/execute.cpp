#include "execute/execute.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "data/load.hpp"
#include "data/panel_cache.hpp"
#include "engine/metric/summary.hpp"
#include "engine/simulate.hpp"
#include "execute/load_request.hpp"
#include "report/report.hpp"
#include "spec/resolved_yaml.hpp"

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

// The engine knows no clock: this listener reads it once in a batch of bars and passes progress and stops on.
class ThrottledListener final : public SimulationListener {
 public:
  explicit ThrottledListener(const ExecuteRequest& request) : request_(request) {}

  bool stop_after(std::size_t bars_done, std::size_t bars_total, Date date) override {
    const auto now = Clock::now();
    const bool last = bars_done == bars_total;
    if (!last && now - last_look_ < std::chrono::milliseconds(50)) return false;
    last_look_ = now;
    if (request_.on_progress) {
      const double elapsed_s = seconds_since(start_);
      request_.on_progress({.phase = Phase::simulating,
                            .bars_done = bars_done,
                            .bars_total = bars_total,
                            .date = date,
                            .bars_per_second = elapsed_s > 0 ? static_cast<double>(bars_done) / elapsed_s : 0.0});
    }
    return request_.stop_requested && request_.stop_requested();
  }

 private:
  const ExecuteRequest& request_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_look_{};
};

void announce(const ExecuteRequest& request, Phase phase) {
  if (request.stop_requested && request.stop_requested()) throw Interrupted();
  if (request.on_progress) request.on_progress({.phase = phase});
}

LoadedData load(const Spec& spec, const ExecuteRequest& request) {
  LoadRequest loading = load_request(spec);
  loading.open_file = request.open_file;
  return request.panel_cache ? load_market_data_cached(loading, *request.panel_cache) : load_market_data(loading);
}

// Universe entries in config order, duplicates repeated (ART-12).
std::vector<InstrumentIndex> universe_entries(const Spec& spec, const Panel& prices) {
  std::vector<InstrumentIndex> entries;
  if (spec.all_symbols) {
    for (std::size_t i = 0; i < prices.instrument_count(); ++i) entries.push_back(static_cast<InstrumentIndex>(i));
    return entries;
  }
  for (const std::string& symbol : spec.symbols) {
    const auto found = std::lower_bound(prices.instruments.begin(), prices.instruments.end(), symbol);
    if (found != prices.instruments.end() && *found == symbol) {
      entries.push_back(static_cast<InstrumentIndex>(found - prices.instruments.begin()));
    }
  }
  return entries;
}

ReportRequest report_request(const Spec& spec, const ExecuteRequest& request, const LoadedData& loaded) {
  ReportRequest report;
  report.directory = request.directory;
  report.run_id = request.run_id;
  report.run_name = spec.run_name;
  report.submitted_at = request.submitted_at;
  report.start_date = spec.start_date;
  report.end_date = spec.end_date;
  report.resolved_config = spec.resolved;
  report.resolved_config_yaml = resolved_yaml(spec.resolved);
  report.config_sha256 = spec.config_sha256;
  report.data_fingerprint = loaded.fingerprint;
  report.strategy_class = spec.strategy_class;
  report.sizer_class = spec.sizer_class;
  if (const auto* composite = std::get_if<CompositePolicy>(&spec.policy.strategy)) {
    for (const LegPolicy& leg : composite->legs) report.leg_names.push_back(leg.name);
  }
  report.universe = universe_entries(spec, loaded.market.prices);
  report.fill_policy = spec.policy.broker.fill_policy;
  report.warnings = spec.warnings;
  report.warnings.insert(report.warnings.end(), loaded.warnings.begin(), loaded.warnings.end());
  const OutputSection& output = spec.output;
  report.save_trades = output.save_trades;
  report.save_daily_metrics = output.save_daily_metrics;
  report.save_positions_snapshot = output.save_positions_snapshot;
  report.save_metrics_parquet = output.save_metrics_parquet;
  report.save_resolved_config_json = output.save_resolved_config_json;
  report.save_metrics_json = output.save_metrics_json;
  report.save_constraint_hits = output.save_constraint_hits;
  report.save_trades_parquet = output.save_trades_parquet;
  report.save_config_parquet = output.save_config_parquet;
  report.save_summary_parquet = output.save_summary_parquet;
  return report;
}

}  // namespace

ExecuteResult execute_run(const Spec& spec, const ExecuteRequest& request) {
  const auto start = Clock::now();
  ExecuteResult result;

  announce(request, Phase::loading);
  const LoadedData loaded = load(spec, request);
  result.timings.load_s = seconds_since(start);

  announce(request, Phase::simulating);
  const auto simulate_start = Clock::now();
  ThrottledListener listener(request);
  SimulationResult simulation;
  simulate(spec.policy, loaded.market, &listener, simulation);
  if (simulation.stopped) throw Interrupted();
  result.timings.simulate_s = seconds_since(simulate_start);

  announce(request, Phase::reporting);
  const auto report_start = Clock::now();
  const Summary summary = summarize(simulation, loaded.market, spec.policy);
  const ReportRequest reporting = report_request(spec, request, loaded);
  Report report = write_report(reporting, loaded.market, simulation, summary);
  write_manifest(request.directory, request.run_id, request.submitted_at);
  result.timings.report_s = seconds_since(report_start);

  result.summary = std::move(report.summary);
  result.result_sha256 = std::move(report.result_sha256);
  result.warnings = reporting.warnings;
  result.timings.total_s = seconds_since(start);
  result.timings.peak_rss_bytes = peak_rss_bytes();
  return result;
}

}  // namespace backtest
