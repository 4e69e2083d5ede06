// Rows per bar: daily metrics, and the rolling ones.
#include "report/artifacts.hpp"
#include "report/csv_file.hpp"
#include "report/parquet_file.hpp"

namespace backtest {

namespace {

template <typename Row, typename Field>
std::vector<double> column(const std::vector<Row>& rows, Field field) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(field(row) + 0.0);  // no negative zero
  return values;
}

// The day of each bar, `repeats` times.
std::vector<std::int32_t> days_of_bars(const RunView& run, std::size_t repeats) {
  std::vector<std::int32_t> days;
  for (std::size_t row = 0; row < run.result.bars.size(); ++row) {
    days.insert(days.end(), repeats, run.date_of_row(row).days);
  }
  return days;
}

void write_timeseries(const RunView& run) {
  const std::vector<std::int32_t> dates = days_of_bars(run, 1);
  const auto of = [&](double BarRow::* field) {
    return column(run.result.bars, [=](const BarRow& bar) { return bar.*field; });
  };
  const auto nav = of(&BarRow::nav), cash = of(&BarRow::cash), period_return = of(&BarRow::period_return),
             cumulative = of(&BarRow::cumulative_return), drawdown = of(&BarRow::drawdown),
             gross = of(&BarRow::gross_exposure), net = of(&BarRow::net_exposure), turnover = of(&BarRow::turnover),
             commission = of(&BarRow::commission), slippage = of(&BarRow::slippage_cost),
             dividends = of(&BarRow::dividends), financing = of(&BarRow::financing);
  std::vector<std::int64_t> fills;
  for (const BarRow& bar : run.result.bars) fills.push_back(bar.fill_count);
  const ParquetColumn columns[] = {{"date", Dates{dates}},
                                   {"portfolio_value", Numbers{nav}},
                                   {"cash", Numbers{cash}},
                                   {"daily_return", Numbers{period_return}},
                                   {"cumulative_return", Numbers{cumulative}},
                                   {"drawdown", Numbers{drawdown}},
                                   {"gross_exposure", Numbers{gross}},
                                   {"net_exposure", Numbers{net}},
                                   {"turnover", Numbers{turnover}},
                                   {"commission", Numbers{commission}},
                                   {"slippage_cost", Numbers{slippage}},
                                   {"n_trades", Integers{fills}},
                                   {"dividends", Numbers{dividends}},
                                   {"financing", Numbers{financing}}};
  write_parquet(run.directory / "metrics_timeseries.parquet", columns);
}

// The same rows for readers without Parquet, the HTTP service among them.
void write_rolling_csv(const RunView& run, const std::vector<RollingRow>& rows) {
  CsvFile csv(run.directory / "metrics_rolling.csv",
              {"date", "window_days", "rolling_return", "rolling_volatility", "rolling_sharpe", "rolling_max_drawdown",
               "turnover_sum", "commission_sum", "slippage_cost_sum", "n_trades_sum", "gross_exposure_avg",
               "net_exposure_avg", "rolling_beta"});
  for (const RollingRow& row : rows) {
    csv.date(run.date_of_row(row.row)).integer(row.window);
    csv.number(row.period_return).number(row.volatility).number(row.sharpe).number(row.max_drawdown);
    csv.number(row.turnover_sum).number(row.commission_sum).number(row.slippage_cost_sum).number(row.fill_count_sum);
    csv.number(row.gross_exposure_average).number(row.net_exposure_average).number(row.beta);
    csv.end_row();
  }
  csv.close();
}

void write_rolling(const RunView& run) {
  const std::vector<RollingRow> rows = rolling_metrics(run.result, run.summary);
  const std::vector<std::int32_t> dates = days_of_bars(run, std::size(rolling_windows));
  std::vector<std::int64_t> windows;
  for (const RollingRow& row : rows) windows.push_back(row.window);
  const auto of = [&](OptionalNumber RollingRow::* field) {
    return column(rows, [=](const RollingRow& row) { return (row.*field).value_or(missing); });
  };
  const auto period_return = of(&RollingRow::period_return), volatility = of(&RollingRow::volatility),
             sharpe = of(&RollingRow::sharpe), max_drawdown = of(&RollingRow::max_drawdown),
             turnover = of(&RollingRow::turnover_sum), commission = of(&RollingRow::commission_sum),
             slippage = of(&RollingRow::slippage_cost_sum), fills = of(&RollingRow::fill_count_sum),
             gross = of(&RollingRow::gross_exposure_average), net = of(&RollingRow::net_exposure_average),
             beta = of(&RollingRow::beta);
  const ParquetColumn columns[] = {{"date", Dates{dates}},
                                   {"window_days", Integers{windows}},
                                   {"rolling_return", Numbers{period_return}},
                                   {"rolling_volatility", Numbers{volatility}},
                                   {"rolling_sharpe", Numbers{sharpe}},
                                   {"rolling_max_drawdown", Numbers{max_drawdown}},
                                   {"turnover_sum", Numbers{turnover}},
                                   {"commission_sum", Numbers{commission}},
                                   {"slippage_cost_sum", Numbers{slippage}},
                                   {"n_trades_sum", Numbers{fills}},
                                   {"gross_exposure_avg", Numbers{gross}},
                                   {"net_exposure_avg", Numbers{net}},
                                   {"rolling_beta", Numbers{beta}}};
  write_parquet(run.directory / "metrics_rolling.parquet", columns);
  write_rolling_csv(run, rows);
}

}  // namespace

void write_metrics_parquet(const RunView& run) {
  write_timeseries(run);
  write_rolling(run);
}

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
