// Rows per bar: daily metrics, and the rolling ones.
#include "report/artifacts.hpp"
#include "report/csv_file.hpp"

namespace backtest {

void write_daily_metrics(const RunView& run) {
  CsvFile csv(run.directory / "daily_metrics.csv",
              {"date", "portfolio_value", "cash", "daily_return", "cumulative_return", "drawdown", "gross_exposure",
               "net_exposure", "turnover", "commission", "slippage_cost", "n_trades", "dividends", "financing"});
  for (std::size_t row = 0; row < run.result.bars.size(); ++row) {
    const BarRow& bar = run.result.bars[row];
    csv.date(run.date_of_row(row)).number(bar.nav).number(bar.cash).number(bar.period_return);
    csv.number(bar.cumulative_return).number(bar.drawdown).number(bar.gross_exposure).number(bar.net_exposure);
    csv.number(bar.turnover).number(bar.commission).number(bar.slippage_cost).integer(bar.fill_count);
    csv.number(bar.dividends).number(bar.financing);
    csv.end_row();
  }
  csv.close();
}

}  // namespace backtest
