// A run's config as typed values: everything is checked here, nothing later. parse_spec() reports every error of the
// text in one pass; what it returns can be built and run.
//
// `resolved` holds every key with its default filled in, in CFG-19's order with new keys beside the known ones: those
// of a class under {class, parameters}, whatever spelling they had (type: configured, class_name, alpha, sizer),
// schedules always as maps, keys without effect only where CFG-19 has them. It is itself a config, and resolves to
// itself. Two configs that differ only in format, order of keys, spelling or written-out defaults have one `canonical`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/date.hpp"
#include "base/diagnostic.hpp"
#include "base/json.hpp"
#include "engine/model/policy.hpp"

namespace backtest {

// What reads a table: files, one of object storage, a database. `automatic` goes by the form of the path.
enum class DataSourceKind { automatic, local, adls, s3, postgres };
enum class TableLayout { long_rows, wide };
// What a row of signals or weights is whose day has no bar.
enum class OffCalendarRows { error, warn, next, previous };

struct DataSection {
  DataSourceKind price_source = DataSourceKind::local;
  std::string price_path;                       // may hold {symbol}; of a database schema.table
  std::optional<DataSourceKind> signal_source;  // unset: as price_source
  std::optional<std::string> signal_path;       // of a database ranking.composite_signal_daily where it is not given
  std::optional<int> delta_version,
      signal_delta_version;                    // of a Delta table; unset: as delta_timestamp, else the newest
  std::optional<std::string> delta_timestamp;  // of all Delta tables: as they were at that time, UTC
  TableLayout layout = TableLayout::long_rows;
  int warmup_bars = 0;
  int delist_after_bars = 5;
  int max_gap_bars = 20;
  bool gap_is_error = false;                                 // data.on_gap: error
  bool last_duplicate_wins = false;                          // data.on_duplicate: last
  std::optional<OffCalendarRows> on_off_calendar;            // unset: error for weights, warn for signals
  std::optional<std::string> signal_name;                    // of a signal table with one column per symbol
  std::optional<std::string> timezone;                       // whose clocks show the dates of instants
  std::vector<std::pair<std::string, std::string>> columns;  // name that the run reads -> column of the file
  char delimiter = ',';
  char decimal = '.';
  char thousands = '\0';                   // NUL: none
  std::optional<std::string> currency;     // a sign at numbers that is left out
  std::optional<std::string> date_format;  // of strptime's directives, or a count's name; unset: ISO
};

struct BenchmarkSection {
  std::optional<std::string> symbol;  // of the price table; it need not be in the universe
  std::optional<std::string> path;    // a table of date and close
  bool holds_returns = false;         // benchmark.kind: return
};

struct RiskFreeSection {  // metrics.risk_free as a map
  std::optional<std::string> symbol;
  std::optional<std::string> path;
  bool holds_yields = false;
};

struct OutputSection {
  std::string local_dir = "./backtest_results";
  std::optional<std::string> adls_dir;
  bool save_trades = true;
  bool save_daily_metrics = true;
  bool save_positions_snapshot = true;
  bool save_metrics_parquet = true;
  bool save_resolved_config_json = true;
  bool save_metrics_json = true;
  bool save_constraint_hits = true;
  bool save_trades_parquet = true;
  bool save_config_parquet = true;
  bool save_summary_parquet = true;
};

struct Spec {
  std::optional<std::string> run_name;
  Date start_date;
  Date end_date;
  bool all_symbols = false;          // universe.symbols: all
  std::vector<std::string> symbols;  // in config order, duplicates kept; empty when all_symbols
  DataSection data;
  std::optional<BenchmarkSection> benchmark;
  std::optional<RiskFreeSection> risk_free;
  OutputSection output;
  Policy policy;
  std::vector<std::string> target_paths;  // TargetWeightsStrategy tables, as TargetWeightsPolicy::table indexes them
  std::string strategy_class;             // as written in artifacts: ConfiguredStrategy, TopNSignalStrategy, ...
  std::string sizer_class;

  json::value written;               // of a text: what was written, as JSON; a ticker ON is true in it
  json::value resolved;              // CFG-19
  std::string canonical;             // CFG-20: compact JSON of `resolved`, keys sorted
  std::string config_sha256;         // of `canonical`
  std::vector<Diagnostic> warnings;  // known keys without effect, and the like
};

struct SpecOptions {
  bool strict = true;               // false: unknown keys are warnings
  bool warn_without_effect = true;  // false: for a resolved config, whose keys nobody wrote
};

// `file` names the text in diagnostics. YAML unless the text is a JSON object or `file` ends in .json.
// Throws InvalidInput with every error found.
Spec parse_spec(std::string_view text, std::string_view file, const SpecOptions& options = {});
// A submitted JSON body's `config` value; diagnostics have paths but no lines.
Spec parse_spec(const json::value& config, const SpecOptions& options = {});

}  // namespace backtest
