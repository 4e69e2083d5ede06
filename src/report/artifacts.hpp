// One function per artifact, or per group of artifacts with the same rows. Each writes whole files below the run's
// directory; none reads what another wrote. Columns: docs/artifacts.md.
#pragma once

#include "report/report.hpp"

namespace backtest {

// What every artifact is made of. References outlive the writing.
struct RunView {
  const ReportRequest& request;
  const MarketData& market;
  const SimulationResult& result;
  const Summary& summary;
  const Panel& prices = market.prices;
  const std::filesystem::path& directory = request.directory;

  Date date_of_bar(std::size_t bar) const { return prices.dates[bar]; }
  Date date_of_row(std::size_t row) const { return prices.dates[result.first_bar + row]; }
  const std::string& symbol(InstrumentIndex instrument) const { return prices.instruments[instrument]; }
  // For sentences; nothing of the top-level strategy (-1).
  std::string of_leg(std::int32_t leg) const {
    return leg < 0 ? "" : " of leg " + request.leg_names.at(static_cast<std::size_t>(leg));
  }
};

void write_config_files(const RunView& run);
void write_trades_csv(const RunView& run);
void write_trades_parquet(const RunView& run);
void write_rejects(const RunView& run);
void write_closed_positions(const RunView& run);
void write_daily_metrics(const RunView& run);
void write_metrics_parquet(const RunView& run);
void write_period_returns(const RunView& run);
void write_drawdowns(const RunView& run);
void write_benchmark(const RunView& run);
void write_contributions(const RunView& run);
void write_daily_positions(const RunView& run);
void write_constraint_hits(const RunView& run);
void write_composite_files(const RunView& run);
void write_debug_files(const RunView& run);
void write_summary_files(const RunView& run, const json::object& summary);
void write_tearsheet(const RunView& run, const std::string& result_sha256);

}  // namespace backtest
