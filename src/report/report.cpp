#include "report/report.hpp"

#include "report/artifacts.hpp"
#include "report/result_hash.hpp"
#include "report/summary_json.hpp"

namespace backtest {

Report write_report(const ReportRequest& request, const MarketData& market, const SimulationResult& result,
                    const Summary& summary) {
  const RunView run{.request = request, .market = market, .result = result, .summary = summary};
  write_config_files(run);
  if (request.save_trades) write_trades_csv(run);
  if (request.save_trades_parquet) write_trades_parquet(run);
  write_rejects(run);
  write_closed_positions(run);
  if (request.save_daily_metrics) write_daily_metrics(run);
  write_period_returns(run);
  write_drawdowns(run);
  write_benchmark(run);
  write_contributions(run);
  if (request.save_metrics_parquet) write_metrics_parquet(run);
  if (request.save_positions_snapshot) write_daily_positions(run);
  if (request.save_constraint_hits) write_constraint_hits(run);
  write_composite_files(run);
  write_debug_files(run);

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

}  // namespace backtest
