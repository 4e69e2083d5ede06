#include "data/price_passes.hpp"

#include <algorithm>
#include <memory>

#include "data/column_lookup.hpp"
#include "data/key_columns.hpp"
#include "data/panel_sink.hpp"
#include "data/wide_sink.hpp"

namespace backtest {

namespace {

void finish(RowProblems problems, std::span<TableField> fields, std::vector<Diagnostic>& warnings) {
  for (TableField& field : fields) problems.merge(std::move(field.problems));
  problems.throw_if_any();
  RowProblems counted;
  for (const TableField& field : fields) {
    if (auto warning = field.warning()) counted.add(std::move(*warning));
  }
  for (Diagnostic& warning : counted.told()) warnings.push_back(std::move(warning));
}

}  // namespace

PriceSurvey survey_long_prices(const LoadRequest& request, const std::vector<PricePath>& paths,
                               std::size_t universe_size, SymbolTable& symbols) {
  PriceSurvey found{.columns = {}, .survey = BarSurvey(universe_size, request.all_symbols)};
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

void fill_long_prices(const LoadRequest& request, const std::vector<PricePath>& paths, const PanelShape& shape,
                      std::span<TableField> fields, std::span<std::uint8_t> has_row, SymbolTable& symbols,
                      std::vector<Diagnostic>& warnings) {
  PanelSink sink(shape, fields, has_row, request.last_duplicate_wins);
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
    check_names_are_single(*table, scan);
    sink.begin(std::move(source));
    table->scan(scan, symbols, sink);
  }
  finish(std::move(sink.problems), fields, warnings);
}

namespace {

struct WideTable {
  std::unique_ptr<Table> table;
  WideColumns wide;
  TableScan scan;
};

WideTable open_wide(const LoadRequest& request, std::size_t universe_size, SymbolTable& symbols) {
  WideTable opened{.table = open_table(SourceFile(request.price_path, request.open_file)), .wide = {}, .scan = {}};
  opened.scan = scan_of_dates(*opened.table);
  opened.wide = find_wide_columns(*opened.table, opened.scan.date, request, universe_size, symbols);
  opened.scan.values = opened.wide.columns;
  return opened;
}

}  // namespace

PriceSurvey survey_wide_prices(const LoadRequest& request, std::size_t universe_size, SymbolTable& symbols) {
  PriceSurvey found{.columns = {"date", "symbol", "close"}, .survey = BarSurvey(universe_size, request.all_symbols)};
  const WideTable opened = open_wide(request, universe_size, symbols);
  found.survey.begin_wide(request.price_path, opened.wide.symbols);
  if (!opened.wide.columns.empty()) opened.table->scan(opened.scan, symbols, found.survey);
  return found;
}

void fill_wide_prices(const LoadRequest& request, std::size_t universe_size, const PanelShape& shape, TableField& close,
                      std::span<std::uint8_t> has_row, SymbolTable& symbols, std::vector<Diagnostic>& warnings) {
  const WideTable opened = open_wide(request, universe_size, symbols);
  WideSink sink(shape, close, has_row, request.last_duplicate_wins, *opened.table, opened.wide);
  opened.table->scan(opened.scan, symbols, sink);
  finish(std::move(sink.problems), sink.closes, warnings);
}

}  // namespace backtest
