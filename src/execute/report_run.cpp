#include "execute/report_run.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <variant>
#include <vector>

#include "execute/data_checks.hpp"
#include "execute/run_warnings.hpp"
#include "spec/resolved_yaml.hpp"

namespace backtest {

namespace {

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

// As people call it: the symbol, or the table's file without its ending.
std::string benchmark_name(const Spec& spec) {
  if (!spec.benchmark) return "";
  if (spec.benchmark->symbol) return *spec.benchmark->symbol;
  return std::filesystem::path(*spec.benchmark->path).stem().string();
}

ReportRequest report_request(const Spec& spec, const ReportOptions& options, const LoadedData& loaded,
                             const SimulatedRun& run) {
  ReportRequest report;
  report.directory = options.directory;
  report.run_id = options.run_id;
  report.run_name = spec.run_name;
  report.submitted_at = options.submitted_at;
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
  report.benchmark_name = benchmark_name(spec);
  report.fill_policy = spec.policy.broker.fill_policy;
  report.unfilled = spec.policy.broker.unfilled;
  report.warnings = warnings_of(spec, loaded, run);
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

std::vector<Diagnostic> warnings_of(const Spec& spec, const LoadedData& loaded, const SimulatedRun& run) {
  const Panel& prices = loaded.market.prices;
  std::vector<Diagnostic> warnings = spec.warnings;
  const auto add = [&](std::vector<Diagnostic> more) { std::ranges::move(more, std::back_inserter(warnings)); };
  add(loaded.warnings);
  add(target_limit_warnings(spec, loaded.market));
  add(period_warnings(spec.start_date, spec.end_date, prices));
  add(lookback_warnings(spec.policy, prices));
  add(delisting_warnings(run.result, prices));
  return warnings;
}

Report report_run(const Spec& spec, const LoadedData& loaded, const SimulatedRun& run, const ReportOptions& options) {
  return write_report(report_request(spec, options, loaded, run), loaded.market, run.result, run.summary);
}

}  // namespace backtest
