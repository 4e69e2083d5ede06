// Who made the money. The instruments and financing add up to final NAV less initial cash, and so do the legs with it.
#include "report/artifacts.hpp"
#include "report/csv_file.hpp"

namespace backtest {

void write_contributions(const RunView& run) {
  const Summary& summary = run.summary;
  CsvFile csv(run.directory / "contributions.csv", {"kind", "name", "profit", "contribution"});
  const auto row = [&](std::string_view kind, std::string_view name, double profit) {
    csv.text(kind).text(name).number(profit).number(profit / summary.initial_cash);
    csv.end_row();
  };
  for (const Contribution& part : summary.instrument_contributions) {
    row("symbol", run.symbol(static_cast<InstrumentIndex>(part.index)), part.profit);
  }
  const std::vector<std::string>& legs = run.request.leg_names;
  for (const Contribution& part : summary.leg_contributions) {
    row("leg", part.index < legs.size() ? legs[part.index] : "residual", part.profit);
  }
  row("financing", "", summary.financing_total);
  row("total", "", summary.final_nav - summary.initial_cash);
  csv.close();
}

}  // namespace backtest
