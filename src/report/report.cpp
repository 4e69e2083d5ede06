#include "report/report.hpp"

#include <functional>
#include <vector>

#include "report/artifacts.hpp"
#include "report/result_hash.hpp"
#include "report/summary_json.hpp"
#include "report/two_threads.hpp"

namespace backtest {

namespace {

using Tables = std::vector<std::function<void()>>;

// The tables, those that take longest first. None reads what another wrote.
Tables tables_of(const RunView& run) {
  const ReportRequest& request = run.request;
  Tables tables;
  const auto add = [&](void (*write)(const RunView&)) { tables.push_back([&run, write] { write(run); }); };
  if (request.save_positions_snapshot) add(write_daily_positions);
  if (request.save_trades) add(write_trades_csv);
  if (request.save_metrics_parquet) add(write_metrics_parquet);
  if (request.save_daily_metrics) add(write_daily_metrics);
  if (request.save_trades_parquet) add(write_trades_parquet);
  for (const auto write :
       {write_closed_positions, write_rejects, write_config_files, write_period_returns, write_drawdowns,
        write_benchmark, write_contributions, write_composite_files, write_debug_files}) {
    add(write);
  }
  if (request.save_constraint_hits) add(write_constraint_hits);
  return tables;
}

// The numbers, and the page that shows them with the hash of all results.
Report write_numbers(const RunView& run) {
  const json::object numbers = summary_numbers(run);
  Report report;
  report.result_sha256 = result_hash(run, numbers);
  report.warnings = all_warnings(run);
  report.summary = summary_json(run, numbers, report.warnings);
  report.summary["result_sha256"] = report.result_sha256;
  write_summary_files(run, report.summary);
  write_tearsheet(run, report.result_sha256);
  return report;
}

}  // namespace

Report write_report(const ReportRequest& request, const MarketData& market, const SimulationResult& result,
                    const Summary& summary) {
  const RunView run{.request = request, .market = market, .result = result, .summary = summary};
  Report report;
  Tables work = tables_of(run);
  work.insert(work.begin() + (request.save_positions_snapshot ? 1 : 0), [&] { report = write_numbers(run); });
  run_on_two_threads(work);
  return report;
}

}  // namespace backtest
