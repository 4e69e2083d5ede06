// Results -> artifacts. Files are written below `directory`, which exists and is empty; the caller publishes it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/diagnostic.hpp"
#include "base/json.hpp"
#include "engine/metric/summary.hpp"
#include "engine/model/panel.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/simulation_result.hpp"

namespace backtest {

struct ReportRequest {
  std::filesystem::path directory;
  std::string run_id;
  std::optional<std::string> run_name;
  std::string submitted_at;          // UTC ISO text; enters config artifacts only
  Date start_date, end_date;         // as configured
  json::value resolved_config;       // CFG-19
  std::string resolved_config_yaml;  // the same, as YAML text
  std::string config_sha256;
  std::string data_fingerprint;
  std::string strategy_class, sizer_class;
  std::vector<std::string> leg_names;     // composites, in order
  std::vector<InstrumentIndex> universe;  // config order, duplicates repeat (ART-12)
  std::string benchmark_name;             // its symbol, or its file's name; empty without a benchmark
  FillPolicy fill_policy = FillPolicy::next_open;
  UnfilledOrders unfilled = UnfilledOrders::cancel;
  std::vector<Diagnostic> warnings;  // of config and data
  bool save_trades = true, save_daily_metrics = true, save_positions_snapshot = true, save_metrics_parquet = true,
       save_resolved_config_json = true, save_metrics_json = true, save_constraint_hits = true,
       save_trades_parquet = true, save_config_parquet = true, save_summary_parquet = true;
};

struct Report {
  json::object summary;              // what summary.json holds
  std::string result_sha256;         // ART-21
  std::vector<Diagnostic> warnings;  // what summary.json says in `warnings`, in its order
};

Report write_report(const ReportRequest& request, const MarketData& market, const SimulationResult& result,
                    const Summary& summary);

}  // namespace backtest
