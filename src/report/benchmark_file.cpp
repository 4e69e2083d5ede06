// The benchmark beside the portfolio, bar by bar.
#include "report/artifacts.hpp"
#include "report/csv_file.hpp"

namespace backtest {

void write_benchmark(const RunView& run) {
  if (!run.summary.benchmark) return;
  CsvFile csv(run.directory / "benchmark.csv", {"date", "benchmark_growth", "benchmark_return", "portfolio_return",
                                                "active_return", "benchmark_drawdown", "risk_free_return"});
  for (const BenchmarkRow& row : run.summary.benchmark_rows) {
    const bool has_returns = row.benchmark_return && row.portfolio_return;
    csv.date(run.date_of_row(row.row)).number(row.growth).number(row.benchmark_return).number(row.portfolio_return);
    csv.number(has_returns ? OptionalNumber(*row.portfolio_return - *row.benchmark_return) : std::nullopt);
    csv.number(row.drawdown).number(row.risk_free);
    csv.end_row();
  }
  csv.close();
}

}  // namespace backtest
