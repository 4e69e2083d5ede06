#include "spec/section_fields.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/ascii_text.hpp"
#include "base/dataset_reference.hpp"
#include "base/date_format.hpp"
#include "base/sql_table_name.hpp"
#include "base/time_zone_name.hpp"
#include "base/utc_time.hpp"

namespace backtest {

namespace {

// W-39
constexpr std::string_view not_used = "nothing reads it";

bool is_template(const std::string& path) {
  return path.find('{') != std::string::npos;
}

bool safe_in_template(const std::string& symbol) {
  return symbol.find('/') == std::string::npos && symbol.find('\\') == std::string::npos &&
         symbol.find("..") == std::string::npos;
}

// universe.symbols as documentation: a list of symbols, or the word `all`.
void describe_symbols(Fields& fields) {
  SchemaNode& node =
      fields.record("symbols", SchemaKind::text_list, "instruments, always text; or all of the price table");
  node.required = true;
  node.allowed = {"all"};
}

void check_template(Fields& fields, const Spec& spec) {
  if (!is_template(spec.data.price_path)) return;
  if (spec.all_symbols) fields.error("price_path", "a {symbol} template needs universe.symbols as a list");
  if (spec.data.layout == TableLayout::wide) {
    fields.error("price_path", "data.layout: wide reads one table of all symbols; {symbol} has no place in its path");
  }
  for (const std::string& symbol : spec.symbols) {
    if (safe_in_template(symbol)) continue;
    fields.error("price_path",
                 "the symbol '" + shortened(symbol) + "' cannot stand in a path: it holds '/', '\\' or '..'");
  }
}

// Beyond these a number is allowed, but percent was probably meant.
constexpr double commission_usual_max = 0.05;
constexpr double rate_usual_max = 1.0;

void warn_of_percent(Fields& fields, std::string_view key, double value, double usual_max) {
  if (value <= usual_max) return;
  fields.warn(key, {.message = fmt::format("{:g} is {:g} %: unusually high", value, value * 100.0),
                    .importance = Importance::high,
                    .remedy = fmt::format("write {:g} if {:g} % was meant", value / 100.0, value)});
}

void warn_of_bps(Fields& fields, std::string_view key, double value) {
  constexpr double usual_max = 500.0;
  if (value <= usual_max) return;
  fields.warn(key, {.message = fmt::format("{:g} is {:g} % of the price: unusually high", value, value / 100.0),
                    .importance = Importance::high,
                    .remedy = "write basis points: 1 % is 100"});
}

}  // namespace

void require_table_suffix(Fields& fields, std::string_view key, const std::string& path) {
  if (path.empty()) return;
  if (names_dataset(path)) {
    if (!parse_dataset_path(path)) fields.error(key, "'" + shortened(path) + "': " + std::string(dataset_path_rule));
    return;
  }
  // Any other name may be a directory's, with or without a dot: prices.delta, prices.v2. Whoever reads it finds out.
  static constexpr std::string_view other_files[] = {".arrow", ".avro", ".bz2",  ".db",     ".feather", ".h5",  ".hdf5",
                                                     ".json",  ".orc",  ".pkl",  ".sqlite", ".tsv",     ".txt", ".xls",
                                                     ".xlsx",  ".xz",   ".yaml", ".zip",    ".zst"};
  const std::string lower = lower_case(path);
  if (std::ranges::none_of(other_files, [&](std::string_view suffix) { return lower.ends_with(suffix); })) return;
  fields.error(key, "'" + shortened(path) +
                        "' is no table that can be read; its name ends in .csv, .csv.gz, .parquet or .pq, or it is a "
                        "directory of such files");
}

namespace {

// A key that few configs have is written where it is set alone: the hashes of all others stay what they were.
void leave_out_unset(Fields& fields, std::string_view key) {
  if (fields.resolved() != nullptr && !fields.has(key)) fields.resolved()->erase(key);
}

// How CSV files, and text in Parquet files, are written.
void decode_csv(Fields& fields, DataSection& data) {
  static constexpr Choice<char> delimiters[] = {{",", ','}, {";", ';'}, {"tab", '\t'}, {"|", '|'}, {"space", ' '}};
  static constexpr Choice<char> decimals[] = {{".", '.'}, {",", ','}};
  static constexpr Choice<char> thousands[] = {{"none", '\0'}, {",", ','},     {".", '.'},
                                               {"'", '\''},    {"space", ' '}, {"_", '_'}};
  fields.choice("delimiter", data.delimiter, delimiters, "between the fields of a row");
  fields.choice("decimal", data.decimal, decimals, "between a number's whole and its fraction");
  fields.choice("thousands", data.thousands, thousands, "between groups of three digits");
  fields.text(
      "date_format", data.date_format,
      "such as %d/%m/%Y, as strptime reads it, or a count: epoch_s, epoch_ms, epoch_us, epoch_ns, excel; also of "
      "text and integers in Parquet; unset: YYYY-MM-DD");
  if (data.date_format && !data.date_format->empty()) {
    if (const auto wrong = wrong_date_format(*data.date_format)) fields.error("date_format", *wrong);
  }
  fields.text("currency", data.currency, "such as $: before or behind numbers, left out");
  leave_out_unset(fields, "currency");
  if (data.currency && (data.currency->find_first_of("0123456789.,'_+-% \t") != std::string::npos)) {
    fields.error("currency", "is the sign of a currency, such as $ or EUR, without digits, blanks or signs of numbers");
  }
  if (!fields.describing() && data.decimal == data.thousands) {
    fields.error("thousands", "is the same sign as decimal; a number would have two readings");
  }
}

// Of a database, whose tables have names.
void check_sql_table(Fields& fields, std::string_view key, const std::string& path) {
  if (path.empty() || parse_sql_table_name(path)) return;
  fields.error(key, "'" + shortened(path) + "' is no name of a table in a database; write schema.table");
}

void decode_sources(Fields& fields, DataSection& data) {
  static constexpr Choice<DataSourceKind> sources[] = {{"auto", DataSourceKind::automatic},
                                                       {"local", DataSourceKind::local},
                                                       {"ADLS", DataSourceKind::adls},
                                                       {"s3", DataSourceKind::s3},
                                                       {"postgres", DataSourceKind::postgres}};
  fields.choice(
      "price_source", data.price_source, sources,
      "what price_path names: files, objects of Azure storage or S3, a table in PostgreSQL; auto: by its form");
  fields.required_text(
      "price_path", data.price_path,
      ".csv, .csv.gz, .parquet or .pq, a directory or a pattern of them, a Delta table; {symbol} stands "
      "for each symbol; dataset:name, which was uploaded to the service; of postgres schema.table");
  fields.optional_choice("signal_source", data.signal_source, sources,
                         "what signal_path names; unset: as price_source");
  leave_out_unset(fields, "signal_source");
  // Written as if it had been given: what a run read stands in its resolved config.
  if (data.signal_source == DataSourceKind::postgres && !fields.has("signal_path")) {
    data.signal_path = "ranking.composite_signal_daily";
  }
  fields.text("signal_path", data.signal_path,
              "a table of date, symbol and signal columns, or of date and one column per symbol (signal_name); unset "
              "with signal_source postgres: ranking.composite_signal_daily");
  fields.integer("delta_version", data.delta_version, at_least(0),
                 "of the Delta table of prices; unset: as delta_timestamp says, else the newest");
  fields.integer("signal_delta_version", data.signal_delta_version, at_least(0), "the same of that of signals");
  fields.text("delta_timestamp", data.delta_timestamp,
              "Delta tables as they were then, such as 2024-01-31T12:00:00Z; unset: the newest version");
  for (const char* key : {"delta_version", "signal_delta_version", "delta_timestamp"}) leave_out_unset(fields, key);
}

// A path with a scheme names an object, and files have none.
void check_form(Fields& fields, std::string_view key, DataSourceKind source, const std::string& path) {
  if (names_dataset(path)) return;
  const bool has_scheme = path.find("://") != std::string::npos;
  if (source == DataSourceKind::local && has_scheme) {
    fields.error(key, "'" + shortened(path) + "' is no file; the sources ADLS, s3 and auto read objects");
  }
  if (source == DataSourceKind::s3 && !path.starts_with("s3://") && !path.starts_with("s3a://")) {
    fields.error(key, "'" + shortened(path) + "' is no object of S3; write s3://bucket/path");
  }
}

void check_sources(Fields& fields, const Spec& spec) {
  const DataSection& data = spec.data;
  if (data.price_source == DataSourceKind::postgres) {
    check_sql_table(fields, "price_path", data.price_path);
  } else {
    check_template(fields, spec);
    require_table_suffix(fields, "price_path", data.price_path);
    check_form(fields, "price_path", data.price_source, data.price_path);
  }
  const DataSourceKind signal_source = data.signal_source.value_or(data.price_source);
  const bool are_signals_sql = signal_source == DataSourceKind::postgres;
  if (data.signal_path && are_signals_sql) {
    check_sql_table(fields, "signal_path", *data.signal_path);
  } else if (data.signal_path) {
    require_table_suffix(fields, "signal_path", *data.signal_path);
    check_form(fields, "signal_path", signal_source, *data.signal_path);
  }
  if (data.delta_version && names_dataset(data.price_path)) {
    fields.error("delta_version",
                 "is of Delta tables; the version of a data set stands in its path: dataset:name@version");
  }
  if (data.signal_delta_version && data.signal_path && names_dataset(*data.signal_path)) {
    fields.error("signal_delta_version",
                 "is of Delta tables; the version of a data set stands in its path: dataset:name@version");
  }
  if (data.delta_timestamp && !parse_utc(*data.delta_timestamp)) {
    fields.error("delta_timestamp",
                 "'" + shortened(*data.delta_timestamp) + "' is no time in UTC; write it as 2024-01-31T12:00:00Z");
  }
  const bool is_any_sql = data.price_source == DataSourceKind::postgres || (data.signal_path && are_signals_sql);
  if (data.last_duplicate_wins && is_any_sql) {
    fields.error("on_duplicate",
                 "last needs rows in an order, and a table in a database has none; let a view choose the row");
  }
}

}  // namespace

void decode_universe(Fields& fields, Spec& spec) {
  const Node* symbols = fields.peek("symbols");
  if (fields.describing()) {
    describe_symbols(fields);
  } else if (symbols != nullptr && symbols->kind != NodeKind::list && symbols->text == "all") {
    spec.all_symbols = true;
    fields.take("symbols");
    fields.write("symbols", "all");
  } else if (symbols != nullptr && is_scalar(*symbols)) {
    fields.error("symbols", described(*symbols) + " is not a list of text; use a list, or all");
    fields.take("symbols");
  } else {
    fields.text_list("symbols", spec.symbols, "", true);
  }
  fields.without_effect("asset_class", not_used, "Equity");
  fields.without_effect("currency", not_used, "USD");
}

void decode_data(Fields& fields, Spec& spec) {
  static constexpr Choice<TableLayout> layouts[] = {{"long", TableLayout::long_rows}, {"wide", TableLayout::wide}};
  static constexpr Choice<bool> on_gap[] = {{"warn", false}, {"error", true}};
  static constexpr Choice<bool> on_duplicate[] = {{"error", false}, {"last", true}};
  DataSection& data = spec.data;
  decode_sources(fields, data);
  fields.choice("layout", data.layout, layouts, "one row a bar and symbol, or one close column a symbol");
  fields.integer("warmup_bars", data.warmup_bars, between(0, 100'000), "bars before start_date, for lookbacks only");
  fields.integer("delist_after_bars", data.delist_after_bars, at_least(0),
                 "bars without a row after which a holding is closed; 0: never");
  fields.integer("max_gap_bars", data.max_gap_bars, at_least(0), "a longer hole is reported");
  fields.choice("on_gap", data.gap_is_error, on_gap, "what a longer hole is");
  fields.choice("on_duplicate", data.last_duplicate_wins, on_duplicate, "several rows of one date and symbol");
  static constexpr Choice<OffCalendarRows> off_calendar[] = {{"error", OffCalendarRows::error},
                                                             {"warn", OffCalendarRows::warn},
                                                             {"next", OffCalendarRows::next},
                                                             {"previous", OffCalendarRows::previous}};
  fields.optional_choice("on_off_calendar", data.on_off_calendar, off_calendar,
                         "signals and weights of a day without a bar: refused, left out, or moved to the next bar or "
                         "(optimistic) the previous one; unset: error for weights, warn for signals");
  fields.text("signal_name", data.signal_name, "the signal of a table with one column per symbol");
  fields.text_map("columns", data.columns,
                  "column of the files for a name that the run reads: date, symbol, close, dividend, a signal's name");
  fields.optional_section("csv", "how CSV files are written", [&](Fields& f) { decode_csv(f, data); });
  fields.text("timezone", data.timezone,
              "whose clocks show the dates of timestamps, such as Europe/Paris; unset: the timestamp's own");
  if (data.timezone && !may_be_time_zone(*data.timezone)) {
    fields.error("timezone", unknown_time_zone(shortened(*data.timezone)));
  }
  fields.without_effect("price_fields", not_used, json::array{"Open", "High", "Low", "Close", "Volume"});
  fields.without_effect("frequency", "bars are the dates of the price table", "Daily");
  if (fields.describing()) return;
  check_sources(fields, spec);
}

void decode_constraints(Fields& fields, ConstraintPolicy& c) {
  fields.number("max_leverage", c.max_leverage, above(0.0), "highest sum of absolute weights");
  fields.number("max_position_size", c.max_position_size, above_to(0.0, 1.0), "highest absolute weight");
  fields.flag("allow_short", c.allow_short, "");
  fields.number("stop_loss", c.stop_loss, inside(0.0, 1.0), "an exit rule for every position");
  fields.number("max_turnover", c.max_turnover, above_to(0.0, 10.0),
                "highest two-sided change of weights at a decision");
  fields.number("max_net_exposure", c.max_net_exposure, between(0.0, 10.0),
                "highest absolute sum of weights; ignored where an edge of the band is set");
  fields.number("net_exposure_min", c.net_exposure_min, between(-10.0, 10.0), "lowest sum of weights");
  fields.number("net_exposure_max", c.net_exposure_max, between(-10.0, 10.0), "highest sum of weights");
  fields.number("min_weight_change", c.min_weight_change, between(0.0, 10.0), "smaller changes are not traded");
  if (c.net_exposure_min && c.net_exposure_max && *c.net_exposure_min > *c.net_exposure_max) {
    fields.error("net_exposure_min", "must not be above net_exposure_max");
  }
  if (fields.context().warn_without_effect && c.max_net_exposure && (c.net_exposure_min || c.net_exposure_max)) {
    fields.warn("max_net_exposure", "is ignored, because an edge of the net band is set");
  }
}

namespace {

void decode_cost_financing(Fields& fields, BrokerPolicy& b) {
  static constexpr Choice<CostFinancing> rules[] = {{"margin", CostFinancing::margin},
                                                    {"each_order", CostFinancing::each_order},
                                                    {"cash_capped", CostFinancing::cash_capped},
                                                    {"self_financing", CostFinancing::self_financing}};
  bool reserve_costs = false;
  fields.flag("reserve_costs", reserve_costs, "older name: true is cost_financing: each_order");
  if (reserve_costs && !fields.has("cost_financing")) b.cost_financing = CostFinancing::each_order;
  fields.choice("cost_financing", b.cost_financing, rules,
                "who pays the costs of a rebalance: margin, cash, which may go negative; each_order, each buy and sell "
                "itself; cash_capped, the last buys, cut to the cash left after the sells; self_financing, all "
                "positions alike, because weights divide the NAV after costs");
  if (reserve_costs && b.cost_financing != CostFinancing::each_order) {
    fields.error("reserve_costs", "true means cost_financing: each_order, but cost_financing says otherwise");
  }
}

}  // namespace

void decode_broker(Fields& fields, BrokerPolicy& b) {
  static constexpr Choice<FillPolicy> policies[] = {{"next_open", FillPolicy::next_open},
                                                    {"next_close", FillPolicy::next_close},
                                                    {"same_close", FillPolicy::same_close}};
  static constexpr Choice<RoundingMode> modes[] = {{"toward_zero", RoundingMode::toward_zero},
                                                   {"nearest", RoundingMode::nearest},
                                                   {"floor", RoundingMode::floor},
                                                   {"ceil", RoundingMode::ceil}};
  static constexpr Choice<UnfilledOrders> unfilled[] = {{"cancel", UnfilledOrders::cancel},
                                                        {"retry", UnfilledOrders::retry}};
  static constexpr Choice<int> missing_prices[] = {{"skip", 0}, {"reject", 1}};
  constexpr double bps_max = 10'000.0;
  fields.number("slippage_bps", b.slippage_bps, between(0.0, bps_max), "against the price");
  fields.number("spread_bps", b.spread_bps, between(0.0, bps_max), "half of it is paid");
  fields.number("commission", b.commission, from_below(0.0, 1.0), "fraction of notional");
  fields.number("commission_per_share", b.commission_per_share, at_least(0.0), "money a share");
  fields.number("commission_minimum", b.commission_minimum, at_least(0.0), "money a fill");
  fields.choice("fill_policy", b.fill_policy, policies, "where a decision trades; same_close is optimistic");
  fields.flag("allow_fractional_shares", b.allow_fractional_shares, "");
  fields.integer("lot_size", b.lot_size, at_least(1),
                 "orders bring holdings to multiples of it; a split may leave others");
  fields.choice("rounding_mode", b.rounding_mode, modes, "of the target holding");
  fields.number("min_trade_notional", b.min_trade_notional, at_least(0.0), "smaller orders are rejected, but closes");
  fields.number("min_trade_shares", b.min_trade_shares, at_least(0.0), "smaller orders are rejected, but closes");
  int on_missing_price = 0;
  fields.choice("on_missing_price", on_missing_price, missing_prices, "no effect: a missing price is always a reject");
  if (fields.has("on_missing_price") && fields.context().warn_without_effect) {
    fields.warn("on_missing_price", "has no effect: a missing price is always recorded as a reject");
  }
  fields.number("max_participation_rate", b.max_participation_rate, above_to(0.0, 1.0), "of the bar's volume");
  decode_cost_financing(fields, b);
  fields.choice("unfilled", b.unfilled, unfilled,
                "an order without a price: cancel rejects it; retry keeps its target weight for the next bars, sized "
                "with the NAV of the bar that fills it, until a new decision on its name");
  fields.integer("unfilled_bars", b.unfilled_bars, between(1, 100'000),
                 "how many further bars a retried order waits; then it is one reject");
  if (fields.context().warn_without_effect && fields.has("unfilled_bars") && b.unfilled == UnfilledOrders::cancel) {
    fields.warn("unfilled_bars", "has no effect without unfilled: retry");
  }
  fields.section("financing", "simple annual rates", [&](Fields& f) {
    f.number("cash_rate", b.financing.cash_rate, between(-1.0, 10.0), "earned by positive cash");
    f.number("margin_rate", b.financing.margin_rate, between(-1.0, 10.0), "paid by negative cash");
    f.number("borrow_rate", b.financing.borrow_rate, between(-1.0, 10.0), "paid by short market value");
    warn_of_percent(f, "cash_rate", b.financing.cash_rate, rate_usual_max);
    warn_of_percent(f, "margin_rate", b.financing.margin_rate, rate_usual_max);
    warn_of_percent(f, "borrow_rate", b.financing.borrow_rate, rate_usual_max);
  });
  warn_of_percent(fields, "commission", b.commission, commission_usual_max);
  warn_of_bps(fields, "slippage_bps", b.slippage_bps);
  warn_of_bps(fields, "spread_bps", b.spread_bps);
}

void decode_output(Fields& fields, OutputSection& o) {
  fields.text("local_dir", o.local_dir, "directory of runs on the command line");
  fields.text("adls_dir", o.adls_dir, "container/path in object storage that the artifacts are uploaded to");
  fields.flag("save_trades", o.save_trades, "trades.csv");
  fields.flag("save_daily_metrics", o.save_daily_metrics, "daily_metrics.csv");
  fields.without_effect("save_plots", "the tear sheet has the charts", false);
  fields.flag("save_positions_snapshot", o.save_positions_snapshot, "daily_positions.parquet");
  fields.flag("save_metrics_parquet", o.save_metrics_parquet, "metrics_timeseries.parquet and metrics_rolling.parquet");
  fields.flag("save_resolved_config_json", o.save_resolved_config_json, "config.resolved.json");
  fields.flag("save_metrics_json", o.save_metrics_json, "metrics.json");
  fields.flag("save_constraint_hits", o.save_constraint_hits, "constraint_hits.json");
  fields.without_effect("save_run_index_parquet", "the run store is the index", true);
  fields.flag("save_trades_parquet", o.save_trades_parquet, "trades.parquet");
  fields.flag("save_config_parquet", o.save_config_parquet, "config.parquet");
  fields.flag("save_summary_parquet", o.save_summary_parquet, "summary.parquet");
}

}  // namespace backtest
