#include "report/report.hpp"

#include "report/artifacts.hpp"
#include "report/output_file.hpp"
#include "report/result_hash.hpp"
#include "report/summary_json.hpp"

namespace backtest {

Report write_report(const ReportRequest& request, const MarketData& market, const SimulationResult& result,
                    const Summary& summary) {
  const RunView run{.request = request, .prices = market.prices, .result = result, .summary = summary};
  if (request.save_trades) write_trades_csv(run);
  write_rejects(run);
  write_closed_positions(run);
  if (request.save_daily_metrics) write_daily_metrics(run);

  const json::object numbers = summary_numbers(run);
  Report report;
  report.result_sha256 = result_hash(run, numbers);
  report.summary = summary_json(run, numbers);
  report.summary["result_sha256"] = report.result_sha256;
  write_file(request.directory / "summary.json", json_text(report.summary, JsonLayout::indented));
  return report;
}

}  // namespace backtest
