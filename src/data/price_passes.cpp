#include "data/price_passes.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/ascii_text.hpp"
#include "data/column_lookup.hpp"
#include "data/key_columns.hpp"
#include "data/panel_sink.hpp"
#include "data/price_columns.hpp"
#include "data/table_source.hpp"
#include "data/wide_sink.hpp"

namespace backtest {

namespace {

// One file on its way through a pass.
struct PriceTable {
  std::unique_ptr<Table> table;
  TableScan keys;
  bool is_wide = false;
  WideColumns wide;
};

PriceTable open_prices(const LoadRequest& request, const TablePart& part, std::span<const std::string> fields,
                       std::size_t universe_size, SymbolTable& symbols) {
  PriceTable opened;
  opened.table = open_part(*request.sources, part, request.format);
  opened.is_wide = request.wide || opened.table->header().has_symbols();
  if (!opened.is_wide) {
    opened.keys = scan_of_keys(*opened.table, part, WithoutSymbols::refused_as_prices);
    return opened;
  }
  opened.keys = scan_of_dates(*opened.table, part);
  if (!opened.table->header().has_symbols()) check_columns_are_symbols(*opened.table, opened.keys, request);
  // A plain wide table holds closes alone.
  const std::vector<std::string> close = {"close"};
  opened.wide =
      find_wide_columns(*opened.table, opened.keys, opened.table->header().has_symbols() ? fields : std::span(close),
                        request, universe_size, symbols);
  opened.keys.values = opened.wide.columns;
  if (opened.table->header().has_symbols()) return opened;
  const auto at = static_cast<std::size_t>(std::ranges::find(fields, "close") - fields.begin());
  std::ranges::fill(opened.wide.fields, at);
  return opened;
}

void append_new(std::vector<std::string>& all, const std::string& name) {
  if (!name.empty() && std::ranges::find(all, name) == all.end()) all.push_back(name);
}

void add_columns(const PriceTable& opened, PriceSurvey& found) {
  const bool names_fields = !opened.is_wide || opened.table->header().has_symbols();
  for (const std::string& column : opened.table->header().spelled) {
    append_new(found.file_columns, column);
    if (names_fields) append_new(found.field_columns, column);
  }
  if (!opened.is_wide) {
    for (const std::string& name : opened.table->names()) append_new(found.columns, name);
  } else if (opened.table->header().has_symbols()) {
    for (std::size_t i = 0; i < opened.table->names().size(); ++i) {
      if (!opened.table->header().symbols[i].empty()) append_new(found.columns, lower_case(opened.table->names()[i]));
    }
  } else {
    append_new(found.columns, "close");
  }
  // A table without a date or symbol column has them from elsewhere: its index, its path, its header.
  if (!find_date_column(found.columns)) append_new(found.columns, "date");
  if (!find_symbol_column(found.columns)) append_new(found.columns, "symbol");
}

void finish(RowProblems problems, std::span<TableField> fields, std::vector<Diagnostic>& warnings) {
  for (TableField& field : fields) problems.merge(std::move(field.problems));
  problems.throw_if_any();
  RowProblems counted;
  for (const TableField& field : fields) {
    if (auto warning = field.warning()) counted.add(std::move(*warning));
  }
  for (Diagnostic& warning : counted.told()) warnings.push_back(std::move(warning));
}

void report_skipped(const PriceTable& opened, std::vector<Diagnostic>& warnings) {
  for (const std::string& column : opened.wide.skipped) {
    warnings.push_back({.file = opened.table->path(),
                        .column = column,
                        .message = std::string("is named like ") +
                                   (may_be_index_name(column) ? "an index" : "a field") +
                                   " and is not read as an instrument; universe.symbols as a list with this name "
                                   "would read it"});
  }
}

// Columns of actions that the run does not read are read once, to say how many there are.
void count_actions(const LoadRequest& request, PriceTable& opened, BarSurvey& survey) {
  std::vector<BarSurvey::CountedColumn> counted;
  for (const UnreadAction& action : unread_actions(request, *opened.table)) {
    const std::string& name = opened.table->columns()[action.column];
    if (std::ranges::find(counted, name, &BarSurvey::CountedColumn::name) != counted.end()) continue;
    opened.keys.values.push_back(action.column);
    counted.push_back({.name = name, .none = action.none});
  }
  survey.count(std::move(counted));
}

std::vector<std::string> names_wanted(const LoadRequest& request) {
  std::vector<std::string> names;
  for (const FieldWanted& wanted : fields_wanted(request)) names.push_back(wanted.name);
  return names;
}

}  // namespace

PriceSurvey survey_prices(const LoadRequest& request, const std::vector<TablePart>& parts, std::size_t universe_size,
                          SymbolTable& symbols, std::vector<Diagnostic>& warnings) {
  PriceSurvey found{
      .columns = {}, .file_columns = {}, .field_columns = {}, .survey = BarSurvey(universe_size, request.all_symbols)};
  const std::vector<std::string> fields = names_wanted(request);
  RowProblems unreadable;
  RowProblems doubts;
  for (const TablePart& part : parts) {
    try {
      PriceTable opened = open_prices(request, part, fields, universe_size, symbols);
      add_columns(opened, found);
      report_skipped(opened, warnings);
      if (opened.is_wide) {
        found.survey.begin_wide(part.path, opened.wide.symbols);
        if (opened.wide.columns.empty()) continue;
      } else {
        found.survey.begin(part.path, opened.keys.symbol ? no_symbol : symbols.intern(part.symbol));
        count_actions(request, opened, found.survey);
      }
      opened.table->scan(opened.keys, symbols, found.survey);
      if (auto doubt = opened.table->times().doubt()) {
        doubts.add({.file = part.path, .message = std::move(*doubt), .importance = Importance::high});
      }
    } catch (const InvalidInput& invalid) {
      for (const Diagnostic& diagnostic : invalid.diagnostics()) unreadable.add(diagnostic);
    }
  }
  unreadable.throw_if_any();
  for (Diagnostic& doubt : doubts.told()) warnings.push_back(std::move(doubt));
  return found;
}

void fill_prices(const LoadRequest& request, const std::vector<TablePart>& parts, std::size_t universe_size,
                 const PanelShape& shape, std::span<TableField> fields, std::span<std::uint8_t> has_row,
                 SymbolTable& symbols, std::vector<Diagnostic>& warnings) {
  PanelSink long_sink(shape, fields, has_row, request.last_duplicate_wins);
  WideSink wide_sink(shape, fields, has_row, request.last_duplicate_wins);
  std::vector<std::string> names;
  for (const TableField& field : fields) names.push_back(field.name());
  for (const TablePart& part : parts) {
    // Read by the first pass for warm-up bars, of which later parts had enough.
    const std::optional<Date> last_day = part.reader ? part.reader->last_day() : std::nullopt;
    if (last_day && *last_day < shape.dates.front()) continue;
    PriceTable opened = open_prices(request, part, names, universe_size, symbols);
    if (opened.is_wide) {
      wide_sink.begin(*opened.table, opened.wide);
      opened.table->scan(opened.keys, symbols, wide_sink);
      continue;
    }
    PanelSink::Source source{.path = part.path, .symbols = &symbols, .field_of_column = {}, .column_names = {}};
    source.has_time_column = opened.table->column("time").has_value();
    if (!opened.keys.symbol) source.symbol = symbols.intern(part.symbol);
    for (std::size_t field = 0; field < fields.size(); ++field) {
      const auto column = opened.table->column(fields[field].name());
      if (!column) continue;
      opened.keys.values.push_back(*column);
      source.field_of_column.push_back(field);
      source.column_names.push_back(opened.table->columns()[*column]);
    }
    check_names_are_single(*opened.table, opened.keys);
    long_sink.begin(std::move(source));
    opened.table->scan(opened.keys, symbols, long_sink);
  }
  RowProblems problems = std::move(long_sink.problems);
  problems.merge(std::move(wide_sink.problems));
  std::vector<TableField> read = std::move(wide_sink.columns_read);
  for (TableField& field : fields) read.push_back(std::move(field));
  finish(std::move(problems), read, warnings);
  std::move(read.end() - static_cast<std::ptrdiff_t>(fields.size()), read.end(), fields.begin());
}

}  // namespace backtest
