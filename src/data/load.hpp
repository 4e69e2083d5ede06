// Files -> the engine's panel, with a diagnostic for every row that is wrong.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/diagnostic.hpp"
#include "data/local_sources.hpp"
#include "data/row_calendar.hpp"
#include "data/table_format.hpp"
#include "engine/model/panel.hpp"
#include "engine/model/policy.hpp"

namespace backtest {

class TableSource;

struct LoadRequest {
  std::string price_path;  // a file, a pattern or a directory (table_parts.hpp); {symbol} = one file per symbol
  std::optional<std::string> signal_path;
  bool wide = false;  // a table of date and one close column per symbol
  TableFormat format;
  std::optional<std::string> signal_name;      // the signal of a table with one column per symbol
  std::optional<OffCalendar> on_off_calendar;  // of signals and weights; unset: each table's own rule
  bool all_symbols = false;
  std::vector<std::string> symbols;  // when not all_symbols; duplicates allowed
  Date start_date;
  Date end_date;
  int warmup_bars = 0;
  int max_gap_bars = 20;
  bool gap_is_error = false;
  bool last_duplicate_wins = false;
  FillPolicy fill_policy = FillPolicy::next_open;   // decides which price column is required
  std::vector<std::string> required_price_columns;  // universe.require_columns
  std::vector<std::string> extra_price_columns;     // extra_price_columns_read(): loaded into Panel::extra_columns
  std::vector<std::string> signal_columns;          // signal_columns_read(): loaded where the table has them
  std::vector<std::string> target_paths;
  std::optional<std::string> benchmark_symbol;
  std::optional<std::string> benchmark_path;
  bool benchmark_holds_returns = false;  // of benchmark_path: growth since its row before, not prices
  // At most one of both; the symbol is one of the price table.
  std::optional<std::string> risk_free_symbol;
  std::optional<std::string> risk_free_path;
  bool risk_free_holds_yields = false;  // annual, as fractions; else prices
  // Never null. Whoever runs other people's requests puts an access check here (SEC-4).
  std::shared_ptr<const DataSources> sources = local_sources();
  // Where the path of the prices, of the signals and of all other tables is looked up. Null: among `sources`.
  std::shared_ptr<const TableSource> price_tables, signal_tables, other_tables;
};

struct LoadedData {
  MarketData market;
  std::string fingerprint;           // SHA-256 of the panel as the engine sees it
  std::vector<Diagnostic> warnings;  // symbols without rows, gaps, counted infinite or non-positive prices, ...
};

// Throws InvalidInput with what is wrong, row by row (at most 100 diagnostics, then a count).
LoadedData load_market_data(const LoadRequest& request);

}  // namespace backtest
