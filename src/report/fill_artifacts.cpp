// trades, rejects and closed positions.
#include <string_view>

#include "report/artifacts.hpp"
#include "report/csv_file.hpp"
#include "report/parquet_file.hpp"
#include "report/words.hpp"

namespace backtest {

void write_trades_csv(const RunView& run) {
  CsvFile csv(run.directory / "trades.csv", {"execution_date", "symbol", "quantity", "price", "notional", "commission",
                                             "slippage_cost", "cash_after", "reason"});
  for (const Fill& fill : run.result.fills) {
    csv.date(run.date_of_bar(fill.bar)).text(run.symbol(fill.instrument));
    csv.number(fill.quantity).number(fill.price).number(fill.notional).number(fill.commission);
    csv.number(fill.slippage_cost).number(fill.cash_after).text(word(fill.reason));
    csv.end_row();
  }
  csv.close();
}

void write_trades_parquet(const RunView& run) {
  const std::vector<Fill>& fills = run.result.fills;
  if (fills.empty()) return;
  std::vector<std::int32_t> dates;
  std::vector<std::string_view> symbols, reasons;
  for (const Fill& fill : fills) {
    dates.push_back(run.date_of_bar(fill.bar).days);
    symbols.push_back(run.symbol(fill.instrument));
    reasons.push_back(word(fill.reason));
  }
  const auto of = [&](double Fill::* field) {
    std::vector<double> values;
    for (const Fill& fill : fills) values.push_back(fill.*field);
    return values;
  };
  const auto quantity = of(&Fill::quantity), price = of(&Fill::price), notional = of(&Fill::notional),
             commission = of(&Fill::commission), slippage = of(&Fill::slippage_cost), cash = of(&Fill::cash_after);
  const ParquetColumn columns[] = {{"execution_date", Dates{dates}},
                                   {"symbol", Texts{symbols}},
                                   {"quantity", Numbers{quantity}},
                                   {"price", Numbers{price}},
                                   {"notional", Numbers{notional}},
                                   {"commission", Numbers{commission}},
                                   {"slippage_cost", Numbers{slippage}},
                                   {"cash_after", Numbers{cash}},
                                   {"reason", Texts{reasons}}};
  write_parquet(run.directory / "trades.parquet", columns);
}

void write_rejects(const RunView& run) {
  CsvFile csv(run.directory / "rejects.csv", {"date", "symbol", "reason", "requested_quantity", "executed_quantity",
                                              "requested_notional", "executed_notional"});
  for (const Reject& reject : run.result.rejects) {
    csv.date(run.date_of_bar(reject.bar)).text(run.symbol(reject.instrument)).text(word(reject.reason));
    csv.number(reject.requested_quantity).number(reject.executed_quantity);
    csv.number(reject.requested_notional).number(reject.executed_notional);
    csv.end_row();
  }
  csv.close();
}

void write_closed_positions(const RunView& run) {
  CsvFile csv(run.directory / "closed_positions.csv",
              {"symbol", "side", "entry_date", "exit_date", "holding_bars", "largest_shares", "entry_price",
               "exit_price", "profit", "return_on_entry", "exit_reason"});
  for (const ClosedPosition& position : run.summary.closed_positions) {
    csv.text(run.symbol(position.instrument)).text(position.side > 0.0 ? "long" : "short");
    csv.date(run.date_of_bar(position.entry_bar)).date(run.date_of_bar(position.exit_bar));
    csv.integer(position.exit_bar - position.entry_bar).number(position.largest_shares);
    csv.number(position.entry_price).number(position.exit_price).number(position.profit);
    csv.number(position.return_on_entry).text(word(position.exit_reason));
    csv.end_row();
  }
  csv.close();
}

}  // namespace backtest
