#include "data/signal_panel.hpp"

#include <algorithm>
#include <numeric>

#include "data/column_lookup.hpp"
#include "data/key_columns.hpp"
#include "data/panel_sink.hpp"
#include "data/table.hpp"

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

}  // namespace

std::optional<SignalPanel> load_signals(const LoadRequest& request, const Panel& prices,
                                        std::vector<Diagnostic>& warnings) {
  if (!request.signal_path) return std::nullopt;
  const std::unique_ptr<Table> table = open_table(SourceFile(*request.signal_path, request.open_file));
  SymbolTable symbols;
  const PanelShape shape = shape_of(prices, symbols);
  TableScan scan = scan_of_keys(*table);
  PanelSink::Source source{.path = table->path(), .symbols = &symbols, .field_of_column = {}, .column_names = {}};
  std::vector<TableField> fields;
  for (const std::string& wanted : request.signal_columns) {
    const auto column = find_column(table->columns(), wanted);
    if (!column || std::ranges::find(scan.values, *column) != scan.values.end()) continue;
    scan.values.push_back(*column);
    source.field_of_column.push_back(fields.size());
    source.column_names.push_back(table->columns()[*column]);
    fields.emplace_back(table->columns()[*column], FieldKind::signal);
  }
  check_names_are_single(*table, scan);
  std::span<std::uint8_t> has_row;
  SignalPanel signals;
  signals.file = table->path();
  signals.storage = allocate_fields(shape, fields, has_row);
  PanelSink sink(shape, fields, has_row, request.last_duplicate_wins);
  sink.begin(std::move(source));
  table->scan(scan, symbols, sink);
  sink.problems.throw_if_any();
  if (sink.row_count() == 0)
    throw InvalidInput(Diagnostic{.file = table->path(), .message = "the signal table has no rows"});

  const std::size_t cells = prices.bar_count() * prices.instrument_count();
  signals.has_row = has_row.first(cells);
  if (std::ranges::find(signals.has_row, 1) == signals.has_row.end()) {
    warnings.push_back({.file = table->path(),
                        .message = "no signal row of a universe symbol lies on a bar between " +
                                   to_text(request.start_date) + " and " + to_text(request.end_date)});
    return std::nullopt;
  }
  for (const TableField& field : fields) {
    signals.columns.push_back(field.name());
    signals.values.push_back(field.values.first(cells));
    if (auto warning = field.warning()) warnings.push_back(std::move(*warning));
  }
  return signals;
}

}  // namespace backtest
