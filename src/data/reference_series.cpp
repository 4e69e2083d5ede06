#include "data/reference_series.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/ascii_text.hpp"
#include "data/column_lookup.hpp"
#include "data/key_columns.hpp"
#include "data/panel_shape.hpp"
#include "data/panel_sink.hpp"
#include "data/price_columns.hpp"
#include "data/refuse_file.hpp"
#include "data/table.hpp"

namespace backtest {

namespace {

constexpr SymbolId wanted_symbol = 0;  // the one that is asked for, or the first that the table has

// First pass: the days on which the symbol has rows.
class DaySurvey final : public TableSink {
 public:
  DaySurvey(Date first, Date last) : first_(first), last_(last) {}

  void place(const RowKeys& keys, std::span<Cell>) override {
    for (std::size_t row = 0; row < keys.day.size(); ++row) {
      const bool is_wanted = keys.symbol.empty() || keys.symbol[row] == wanted_symbol;
      if (is_wanted && keys.day[row] >= first_.days && keys.day[row] <= last_.days) days_.push_back(keys.day[row]);
    }
  }
  std::vector<Date> dates() {
    std::ranges::sort(days_);
    const auto repeated = std::ranges::unique(days_);
    days_.erase(repeated.begin(), repeated.end());
    std::vector<Date> dates;
    for (const std::int32_t day : days_) dates.push_back(Date{day});
    return dates;
  }

 private:
  Date first_, last_;
  std::vector<std::int32_t> days_;
};

// A table of the series, and which of its columns fill which fields.
struct ReferenceTable {
  std::unique_ptr<Table> table;
  TableScan keys;
  std::vector<std::pair<std::size_t, std::size_t>> columns;  // of the file, and the field that it fills
};

constexpr std::size_t value_field = 0, split_field = 1, dividend_field = 2;

[[noreturn]] void refuse_several_symbols(const ReferenceRequest& request, const std::string& path,
                                         const std::vector<std::string>& symbols) {
  std::string text = symbols[0] + ", " + symbols[1];
  if (symbols.size() > 2) text += ", ...";
  refuse_file(path, "holds several symbols (" + text + "); " + request.role +
                        " is one: keep the rows of that one, or name it as " + request.key +
                        ".symbol where it is in the price table");
}

// Where each column names its symbol too: the one that is wanted, or the only one that there is.
std::string symbol_above_columns(const Table& table, const ReferenceRequest& request) {
  if (request.symbol) return *request.symbol;
  std::vector<std::string> symbols;
  for (const std::string& symbol : table.header().symbols) {
    if (!symbol.empty() && std::ranges::find(symbols, symbol) == symbols.end()) symbols.push_back(symbol);
  }
  if (symbols.size() > 1) refuse_several_symbols(request, table.path(), symbols);
  return symbols.front();
}

std::optional<std::size_t> column_of(const Table& table, const ReferenceRequest& request, std::string_view name) {
  if (!table.header().has_symbols()) return table.column(name);
  const std::string symbol = symbol_above_columns(table, request);
  for (std::size_t i = 0; i < table.names().size(); ++i) {
    if (lower_case(table.names()[i]) == name && symbol == table.header().symbols[i]) return i;
  }
  return std::nullopt;
}

// Many files of an index are two columns, the date and a value under the index's own name; that of the rows may stand
// beside them.
std::optional<std::size_t> only_value_column(const Table& table, const TableScan& keys) {
  if (keys.symbol || keys.day || table.header().has_symbols()) return std::nullopt;
  if (table.columns().size() == 2) return 1 - keys.date;
  std::optional<std::size_t> only;
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    const bool is_index = table.header().is_index[column] || may_be_index_name(table.columns()[column]);
    if (column == keys.date || is_index) continue;
    if (only) return std::nullopt;
    only = column;
  }
  return only;
}

ReferenceTable open_reference(const ReferenceRequest& request, const TablePart& part) {
  ReferenceTable opened{.table = open_part(*request.sources, part, request.format), .keys = {}, .columns = {}};
  const Table& table = *opened.table;
  opened.keys = scan_of_dates(table, part);
  if (!table.header().has_symbols()) opened.keys.symbol = find_symbol_column(table.names());
  auto value = column_of(table, request, "close");
  if (!value && request.symbol) value = table.column(*request.symbol);
  if (!value) value = only_value_column(table, opened.keys);
  if (!value) {
    throw InvalidInput(Diagnostic{.file = table.path(),
                                  .message = "there is no column 'close'" + columns_present(table.columns(), "close")});
  }
  opened.columns.emplace_back(*value, value_field);
  if (request.kind != FieldKind::price) return opened;
  if (const auto split = column_of(table, request, "split")) opened.columns.emplace_back(*split, split_field);
  if (const auto dividend = column_of(table, request, "dividend"))
    opened.columns.emplace_back(*dividend, dividend_field);
  return opened;
}

// A column that looks like an action or an adjusted price, beside the field of `fields` that counts its values.
struct UnreadColumn {
  std::string name, looks_like;
  std::size_t field = 0;
};

// Columns that only a warning is made of. Text in them is no error.
void add_unread_columns(const ReferenceRequest& request, ReferenceTable& opened, std::vector<TableField>& fields,
                        std::vector<UnreadColumn>& unread) {
  if (request.kind != FieldKind::price) return;
  const Table& table = *opened.table;
  const std::string symbol = table.header().has_symbols() ? symbol_above_columns(table, request) : "";
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    if (table.header().symbols[column] != symbol) continue;
    const std::string& name = table.header().spelled[column];
    const std::string looks_like = looks_like_field(name);
    const auto is_read = [&](const auto& pair) { return pair.first == column; };
    if (looks_like.empty() || std::ranges::any_of(opened.columns, is_read)) continue;
    if (looks_like != "close" && column_of(table, request, looks_like)) continue;
    if (!table.may_hold_numbers(column)) continue;
    unread.push_back({.name = name, .looks_like = looks_like, .field = fields.size()});
    opened.columns.emplace_back(column, fields.size());
    fields.emplace_back(name, FieldKind::signal);
  }
}

void report_unread_columns(const ReferenceRequest& request, std::span<const TableField> fields,
                           const std::vector<UnreadColumn>& unread, std::vector<Diagnostic>& warnings) {
  for (const UnreadColumn& column : unread) {
    const double none = column.looks_like == "split" ? 1.0 : 0.0;
    const std::span<const double> values = fields[column.field].values;
    const auto count = static_cast<std::size_t>(std::ranges::count_if(
        values, [none](double value) { return !std::isnan(value) && value != none && value != 0.0; }));
    if (count == 0) continue;
    const bool is_price = column.looks_like == "close";
    warnings.push_back(
        {.file = request.parts.front().path,
         .column = column.name,
         .message = request.role + (is_price ? " is read from 'close' as it stands, not from this column"
                                             : " does not count this column's values, for its " + column.looks_like +
                                                   "s are those of a column '" + column.looks_like + "'"),
         .importance = Importance::high,
         .count = count,
         .remedy = is_price ? "rename it to close where adjusted prices are meant"
                            : "rename it, where the closes are not adjusted for them already"});
  }
}

// Of a file of its own; the price table's dates are told about as such.
void tell_doubt(const ReferenceRequest& request, const Table& table, std::vector<Diagnostic>& warnings) {
  auto doubt = request.symbol ? std::nullopt : table.times().doubt();
  if (doubt) warnings.push_back({.file = table.path(), .message = std::move(*doubt), .importance = Importance::high});
}

std::vector<ReferenceRow> rows_of(const PanelShape& shape, std::span<const TableField> fields) {
  std::vector<ReferenceRow> rows;
  for (std::size_t day = 0; day < shape.dates.size(); ++day) {
    ReferenceRow& row = rows.emplace_back(ReferenceRow{.date = shape.dates[day]});
    for (const TableField& field : fields) {
      double& place = field.name() == "split" ? row.split : field.name() == "dividend" ? row.dividend : row.value;
      place = field.values[shape.cell(day, 0)];
    }
  }
  return rows;
}

}  // namespace

ReferenceSeries read_reference(const ReferenceRequest& request, std::vector<Diagnostic>& warnings) {
  SymbolTable symbols;
  if (request.symbol) symbols.intern(*request.symbol);
  DaySurvey survey(request.first, request.last);
  std::vector<ReferenceTable> tables;
  for (const TablePart& part : request.parts) {
    if (request.symbol && !part.symbol.empty() && part.symbol != *request.symbol) continue;
    ReferenceTable& opened = tables.emplace_back(open_reference(request, part));
    if (opened.table->header().has_symbols()) {
      symbols.intern(symbol_above_columns(*opened.table, request));
    } else if (!opened.keys.symbol && !request.symbol) {
      symbols.intern(part.symbol.empty() ? request.role : part.symbol);
    }
    opened.table->scan(opened.keys, symbols, survey);
    tell_doubt(request, *opened.table, warnings);
  }
  std::vector<TableField> fields;
  fields.emplace_back("close", request.kind);
  fields.emplace_back("split", FieldKind::split);
  fields.emplace_back("dividend", FieldKind::dividend);
  const std::size_t fields_read = fields.size();
  std::vector<UnreadColumn> unread;
  for (ReferenceTable& opened : tables) add_unread_columns(request, opened, fields, unread);
  const PanelShape shape{.dates = survey.dates(), .instruments = 1, .place_of_symbol = {0}};
  ReferenceSeries series;
  if (!shape.dates.empty()) {
    std::span<std::uint8_t> has_row;
    const std::shared_ptr<PanelStorage> storage = allocate_fields(shape, fields, has_row);
    PanelSink sink(shape, fields, has_row, request.last_duplicate_wins);
    for (const ReferenceTable& opened : tables) {
      PanelSink::Source source{
          .path = opened.table->path(), .symbols = &symbols, .field_of_column = {}, .column_names = {}};
      if (!opened.keys.symbol) source.symbol = wanted_symbol;
      TableScan scan = opened.keys;
      for (const auto& [column, field] : opened.columns) {
        scan.values.push_back(column);
        source.field_of_column.push_back(field);
        source.column_names.push_back(opened.table->columns()[column]);
      }
      check_names_are_single(*opened.table, scan);
      sink.begin(std::move(source));
      opened.table->scan(scan, symbols, sink);
    }
    for (TableField& field : fields) sink.problems.merge(std::move(field.problems));
    sink.problems.throw_if_any();
    series = {.rows = rows_of(shape, std::span(fields).first(fields_read)),
              .refused_prices = fields.front().out_of_range()};
    report_unread_columns(request, fields, unread, warnings);  // while their values are there
  }
  if (!request.symbol && symbols.size() > 1) {
    std::vector<std::string> several;
    for (SymbolId id = 0; id < symbols.size(); ++id) several.push_back(symbols.text(id));
    refuse_several_symbols(request, request.parts.front().path, several);
  }
  for (const TableField& field : std::span(fields).first(fields_read)) {
    if (auto warning = field.warning()) warnings.push_back(std::move(*warning));
  }
  return series;
}

std::vector<double> held_values(const std::vector<ReferenceRow>& rows) {
  std::vector<double> values;
  double shares = 1.0;
  double owed = 0.0;  // cash per share that waits for a price to be reinvested at
  for (const ReferenceRow& row : rows) {
    if (!std::isnan(row.split)) {
      shares *= row.split;
      owed /= row.split;
    }
    if (row.dividend > 0.0) owed += row.dividend;
    if (owed > 0.0 && row.value > 0.0) {
      shares *= 1.0 + owed / row.value;
      owed = 0.0;
    }
    values.push_back(row.value * shares);
  }
  return values;
}

}  // namespace backtest
