#include "data/price_panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "data/bar_survey.hpp"
#include "data/benchmark.hpp"
#include "data/column_lookup.hpp"
#include "data/gaps.hpp"
#include "data/key_columns.hpp"
#include "data/panel_sink.hpp"
#include "data/price_columns.hpp"
#include "data/price_paths.hpp"
#include "data/table.hpp"
#include "data/table_field.hpp"
#include "data/universe.hpp"

namespace backtest {

namespace {

// What the first pass finds out.
struct Surveyed {
  std::vector<std::string> columns;  // of all files together
  BarSurvey survey;
};

Surveyed survey_files(const LoadRequest& request, const std::vector<PricePath>& paths, std::size_t universe_size,
                      SymbolTable& symbols) {
  Surveyed found{.columns = {}, .survey = BarSurvey(universe_size, request.all_symbols)};
  RowProblems unreadable;
  for (const PricePath& source : paths) {
    try {
      const std::unique_ptr<Table> table = open_table(SourceFile(source.path, request.open_file));
      const TableScan scan = scan_of_keys(*table, !source.symbol.empty());
      for (const std::string& column : table->columns()) {
        if (std::ranges::find(found.columns, column) == found.columns.end()) found.columns.push_back(column);
      }
      if (!scan.symbol && std::ranges::find(found.columns, "symbol") == found.columns.end())
        found.columns.push_back("symbol");
      found.survey.begin(source.path, scan.symbol ? no_symbol : symbols.intern(source.symbol));
      table->scan(scan, symbols, found.survey);
    } catch (const InvalidInput& invalid) {
      for (const Diagnostic& diagnostic : invalid.diagnostics()) unreadable.add(diagnostic);
    }
  }
  unreadable.throw_if_any();
  return found;
}

std::vector<TableField> present_fields(const LoadRequest& request, const std::vector<std::string>& columns) {
  std::vector<TableField> fields;
  for (const FieldWanted& wanted : fields_wanted(request)) {
    if (find_column(columns, wanted.name)) fields.emplace_back(wanted.name, wanted.kind);
  }
  return fields;
}

void fill_files(const LoadRequest& request, const std::vector<PricePath>& paths, std::span<const TableField> fields,
                SymbolTable& symbols, PanelSink& sink) {
  for (const PricePath& path : paths) {
    const std::unique_ptr<Table> table = open_table(SourceFile(path.path, request.open_file));
    TableScan scan = scan_of_keys(*table, !path.symbol.empty());
    PanelSink::Source source{.path = path.path, .symbols = &symbols, .field_of_column = {}, .column_names = {}};
    if (!scan.symbol) source.symbol = symbols.intern(path.symbol);
    for (std::size_t field = 0; field < fields.size(); ++field) {
      const auto column = find_column(table->columns(), fields[field].name());
      if (!column) continue;
      scan.values.push_back(*column);
      source.field_of_column.push_back(field);
      source.column_names.push_back(table->columns()[*column]);
    }
    sink.begin(std::move(source));
    table->scan(scan, symbols, sink);
  }
}

Panel make_panel(const PanelShape& shape, std::size_t first_bar, std::vector<std::string> instruments,
                 std::span<const TableField> fields, std::span<const std::uint8_t> has_row,
                 std::shared_ptr<const void> storage) {
  const std::size_t cells = shape.dates.size() * shape.instruments;
  Panel panel;
  panel.dates = shape.dates;
  panel.first_bar = first_bar;
  panel.instruments = std::move(instruments);
  panel.has_row = has_row.first(cells);
  panel.storage = std::move(storage);
  for (const TableField& field : fields) {
    const std::span<const double> values = field.values.first(cells);
    if (field.name() == "open")
      panel.open = values;
    else if (field.name() == "high")
      panel.high = values;
    else if (field.name() == "low")
      panel.low = values;
    else if (field.name() == "close")
      panel.close = values;
    else if (field.name() == "volume")
      panel.volume = values;
    else if (field.name() == "split")
      panel.split = values;
    else if (field.name() == "dividend")
      panel.dividend = values;
    else {
      panel.extra_columns.push_back(field.name());
      panel.extra_values.push_back(values);
    }
  }
  return panel;
}

void throw_row_problems(RowProblems problems, std::span<TableField> fields) {
  for (TableField& field : fields) problems.merge(std::move(field.problems));
  problems.throw_if_any();
}

}  // namespace

LoadedPrices load_prices(const LoadRequest& request, std::vector<Diagnostic>& warnings) {
  const std::vector<PricePath> paths = price_paths(request);
  SymbolTable symbols;
  const std::size_t universe_size = intern_universe(request, symbols);
  Surveyed found = survey_files(request, paths, universe_size, symbols);
  check_price_columns(request, paths.front().path, found.columns);

  const Universe universe = make_universe(request, symbols, found.survey, warnings);
  const Bars bars = found.survey.bars(request.start_date, request.end_date, request.warmup_bars);
  if (bars.dates.size() == bars.first_bar) {
    found.survey.problems.throw_if_any();
    refuse_empty_range(request, found.survey);
  }
  const PanelShape shape{
      .dates = bars.dates, .instruments = universe.instruments.size(), .place_of_symbol = universe.place_of_symbol};
  std::vector<TableField> fields = present_fields(request, found.columns);
  std::span<std::uint8_t> has_row;
  const std::shared_ptr<PanelStorage> storage = allocate_fields(shape, fields, has_row);
  PanelSink sink(shape, fields, has_row, request.last_duplicate_wins);
  fill_files(request, paths, fields, symbols, sink);
  throw_row_problems(std::move(sink.problems), fields);

  LoadedPrices loaded;
  loaded.panel = make_panel(shape, bars.first_bar, universe.instruments, fields, has_row, storage);
  for (const TableField& field : fields) {
    if (auto warning = field.warning()) warnings.push_back(std::move(*warning));
  }
  report_silent_instruments(request, loaded.panel, found.survey, symbols, warnings);
  report_gaps(request, loaded.panel, warnings);
  if (request.benchmark_symbol && !request.benchmark_path)
    loaded.benchmark_close = benchmark_series(shape, universe, fields);
  return loaded;
}

}  // namespace backtest
