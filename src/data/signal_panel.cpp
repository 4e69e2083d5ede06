#include "data/signal_panel.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "base/ascii_text.hpp"
#include "data/column_lookup.hpp"
#include "data/key_columns.hpp"
#include "data/panel_sink.hpp"
#include "data/request_parts.hpp"
#include "data/row_calendar.hpp"
#include "data/table.hpp"
#include "data/table_parts.hpp"
#include "data/wide_sink.hpp"

namespace backtest {

namespace {

// Ids of `symbols` are instruments.
PanelShape shape_of(const Panel& prices, SymbolTable& symbols) {
  PanelShape shape{.dates = prices.dates,
                   .instruments = prices.instrument_count(),
                   .first_bar = prices.first_bar,
                   .place_of_symbol = {}};
  for (const std::string& instrument : prices.instruments) symbols.intern(instrument);
  shape.place_of_symbol.resize(prices.instrument_count());
  std::iota(shape.place_of_symbol.begin(), shape.place_of_symbol.end(), 0U);
  return shape;
}

// The wanted columns that some part has, each once, under the name that the first one gives it.
std::vector<TableField> signal_fields(const LoadRequest& request, const std::vector<std::unique_ptr<Table>>& tables) {
  std::vector<TableField> fields;
  const auto add = [&](const std::string& name) {
    const auto same = [&](const TableField& field) { return lower_case(field.name()) == lower_case(name); };
    if (std::ranges::none_of(fields, same)) fields.emplace_back(name, FieldKind::signal);
  };
  for (const std::string& wanted : request.signal_columns) {
    if (request.signal_name) {
      if (lower_case(wanted) == lower_case(*request.signal_name)) add(*request.signal_name);
      continue;
    }
    for (const std::unique_ptr<Table>& table : tables) {
      if (const auto column = table->column(wanted)) add(table->names()[*column]);
    }
  }
  return fields;
}

void check_signal_name(const LoadRequest& request, const Table& table) {
  const bool is_long = find_symbol_column(table.names()).has_value();
  if (!request.signal_name || !is_long) return;
  throw InvalidInput(Diagnostic{.file = table.path(),
                                .path = "data.signal_name",
                                .message = "the table has a symbol column, so its signals have names already; "
                                           "signal_name is for a table with one column per symbol"});
}

// Reads the parts of the table, long or wide, into the fields' cells.
struct SignalReader {
  const LoadRequest& request;
  const PanelShape& shape;
  std::span<TableField> fields;
  std::span<std::uint8_t> has_row;
  SymbolTable& symbols;
  RowCalendar& calendar;
  PanelSink rows{shape, fields, has_row, request.last_duplicate_wins};
  WideSink columns{shape, fields, has_row, request.last_duplicate_wins};

  void read_long(Table& table, const TablePart& part) {
    TableScan scan = scan_of_keys(table, part, WithoutSymbols::refused_as_signals);
    PanelSink::Source source{.path = table.path(), .symbols = &symbols, .field_of_column = {}, .column_names = {}};
    if (!scan.symbol) source.symbol = symbols.intern(part.symbol);
    for (std::size_t field = 0; field < fields.size(); ++field) {
      const auto column = table.column(fields[field].name());
      if (!column || std::ranges::find(scan.values, *column) != scan.values.end()) continue;
      scan.values.push_back(*column);
      source.field_of_column.push_back(field);
      source.column_names.push_back(table.columns()[*column]);
    }
    check_names_are_single(table, scan);
    rows.use(calendar);
    rows.begin(std::move(source));
    table.scan(scan, symbols, rows);
  }

  void read_wide(Table& table, const TablePart& part) {
    TableScan scan = scan_of_dates(table, part);
    // Symbols of the universe are numbered first, and only they are read.
    LoadRequest of_universe = request;
    of_universe.all_symbols = false;
    of_universe.benchmark_symbol.reset();
    const WideColumns wide = find_wide_columns(table, scan, {}, of_universe, shape.instruments, symbols);
    scan.values = wide.columns;
    columns.use(calendar);
    columns.begin(table, wide);
    if (!fields.empty()) table.scan(scan, symbols, columns);
  }

  std::uint64_t finish() {
    rows.problems.merge(std::move(columns.problems));
    rows.problems.throw_if_any();
    return rows.row_count() + columns.row_count();
  }
};

}  // namespace

std::optional<SignalPanel> load_signals(const LoadRequest& request, const Panel& prices,
                                        std::vector<Diagnostic>& warnings) {
  if (!request.signal_path) return std::nullopt;
  const std::vector<TablePart> parts = signal_parts(request);
  std::vector<std::unique_ptr<Table>> tables;
  for (const TablePart& part : parts) {
    tables.push_back(open_part(*request.sources, part, request.format));
    check_signal_name(request, *tables.back());
  }
  SymbolTable symbols;
  const PanelShape shape = shape_of(prices, symbols);
  std::vector<TableField> fields = signal_fields(request, tables);
  std::span<std::uint8_t> has_row;
  SignalPanel signals;
  signals.file = *request.signal_path;
  signals.storage = allocate_fields(shape, fields, has_row);
  RowCalendar calendar(prices.dates, prices.first_bar, request.start_date, request.end_date,
                       request.on_off_calendar.value_or(OffCalendar::warn));
  SignalReader reader{.request = request,
                      .shape = shape,
                      .fields = fields,
                      .has_row = has_row,
                      .symbols = symbols,
                      .calendar = calendar};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (request.signal_name) {
      reader.read_wide(*tables[i], parts[i]);
    } else {
      reader.read_long(*tables[i], parts[i]);
    }
    if (auto doubt = tables[i]->times().doubt()) {
      warnings.push_back({.file = parts[i].path, .message = std::move(*doubt), .importance = Importance::high});
      reader.rows.problems.suspect(warnings.back());
    }
  }
  const bool is_read = !request.signal_name || !fields.empty();
  if (reader.finish() == 0 && is_read)
    throw InvalidInput(Diagnostic{.file = signals.file, .message = "the signal table has no rows"});
  if (auto warning = calendar.warning(signals.file, "signal row")) warnings.push_back(std::move(*warning));

  const std::size_t cells = prices.bar_count() * prices.instrument_count();
  signals.has_row = has_row.first(cells);
  if (std::ranges::find(signals.has_row, 1) == signals.has_row.end()) {
    warnings.push_back({.file = signals.file,
                        .message = "no signal row of a universe symbol lies on a bar between " +
                                   to_text(request.start_date) + " and " + to_text(request.end_date)});
    return std::nullopt;
  }
  for (const TableField& field : fields) {
    signals.columns.push_back(field.name());
    signals.values.push_back(field.values.first(cells));
    if (auto warning = field.warning()) warnings.push_back(std::move(*warning));
  }
  for (const TableField& field : reader.columns.columns_read) {
    if (auto warning = field.warning()) warnings.push_back(std::move(*warning));
  }
  return signals;
}

}  // namespace backtest
