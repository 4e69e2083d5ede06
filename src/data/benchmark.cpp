#include "data/benchmark.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "data/column_lookup.hpp"
#include "data/key_columns.hpp"
#include "data/panel_sink.hpp"
#include "data/table.hpp"

namespace backtest {

std::vector<double> benchmark_series(const PanelShape& shape, std::uint32_t place, std::span<const TableField> fields) {
  const auto values_of = [&](const char* name) -> std::span<const double> {
    const auto found = std::ranges::find_if(fields, [&](const TableField& field) { return field.name() == name; });
    return found == fields.end() ? std::span<const double>{} : found->values;
  };
  const std::span<const double> close = values_of("close");
  const std::span<const double> split = values_of("split");
  const std::span<const double> dividend = values_of("dividend");
  std::vector<double> series(shape.dates.size());
  double shares = 1.0;
  double last_close = missing;
  for (std::size_t bar = 0; bar < series.size(); ++bar) {
    const Cell cell = shape.cell(bar, place);
    if (!split.empty() && !std::isnan(split[cell])) shares *= split[cell];
    if (!std::isnan(close[cell])) last_close = close[cell];
    if (!dividend.empty() && dividend[cell] > 0.0 && last_close > 0.0) shares *= 1.0 + dividend[cell] / last_close;
    series[bar] = close[cell] * shares;
  }
  return series;
}

namespace {

// The columns of the file by the field that each fills.
std::vector<std::pair<std::size_t, TableField>> benchmark_columns(const Table& table, const LoadRequest& request,
                                                                  const TableScan& scan) {
  std::vector<std::pair<std::size_t, TableField>> columns;
  auto close = table.column("close");
  if (!close && request.benchmark_symbol) close = table.column(*request.benchmark_symbol);
  // Many files of an index are two columns: the date and a value under the index's own name.
  if (!close && table.columns().size() == 2 && !scan.symbol) close = 1 - scan.date;
  if (!close) {
    throw InvalidInput(Diagnostic{.file = table.path(),
                                  .message = "there is no column 'close'" + columns_present(table.columns(), "close")});
  }
  columns.emplace_back(*close, TableField("close", FieldKind::price));
  if (const auto split = table.column("split")) columns.emplace_back(*split, TableField("split", FieldKind::split));
  if (const auto dividend = table.column("dividend"))
    columns.emplace_back(*dividend, TableField("dividend", FieldKind::dividend));
  return columns;
}

}  // namespace

std::vector<double> load_benchmark(const LoadRequest& request, const Panel& prices, std::vector<Diagnostic>& warnings) {
  const std::unique_ptr<Table> table = open_table(request.sources->open(*request.benchmark_path), request.format);
  TableScan scan = scan_of_dates(*table, {});
  scan.symbol = find_symbol_column(table->names());
  SymbolTable symbols;
  PanelSink::Source source{.path = table->path(), .symbols = &symbols, .field_of_column = {}, .column_names = {}};
  if (!scan.symbol || request.benchmark_symbol)
    source.symbol = symbols.intern(request.benchmark_symbol.value_or("the benchmark"));
  std::vector<TableField> fields;
  for (auto& [column, field] : benchmark_columns(*table, request, scan)) {
    scan.values.push_back(column);
    source.field_of_column.push_back(fields.size());
    source.column_names.push_back(table->columns()[column]);
    fields.push_back(std::move(field));
  }
  check_names_are_single(*table, scan);
  const PanelShape shape{.dates = prices.dates, .instruments = 1, .place_of_symbol = {0}};
  std::span<std::uint8_t> has_row;
  const std::shared_ptr<PanelStorage> storage = allocate_fields(shape, fields, has_row);
  PanelSink sink(shape, fields, has_row, request.last_duplicate_wins);
  sink.begin(std::move(source));
  table->scan(scan, symbols, sink);
  for (TableField& field : fields) sink.problems.merge(std::move(field.problems));
  sink.problems.throw_if_any();
  const auto refuse = [&](std::string why) {
    throw InvalidInput(Diagnostic{.file = table->path(), .message = std::move(why)});
  };
  if (!request.benchmark_symbol && symbols.size() > 1) {
    refuse("holds several symbols (" + symbols.text(0) + ", " + symbols.text(1) + ", ...); a benchmark is one");
  }
  if (std::ranges::find(has_row, 1) == has_row.end()) {
    refuse("no row of the benchmark lies on a bar between " + to_text(prices.dates.front()) + " and " +
           to_text(prices.dates.back()));
  }
  for (const TableField& field : fields) {
    if (auto warning = field.warning()) warnings.push_back(std::move(*warning));
  }
  return benchmark_series(shape, 0, fields);
}

}  // namespace backtest
