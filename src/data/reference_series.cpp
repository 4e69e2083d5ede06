#include "data/reference_series.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <utility>

#include "data/column_lookup.hpp"
#include "data/key_columns.hpp"
#include "data/panel_shape.hpp"
#include "data/panel_sink.hpp"
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

// The columns of the file by the field that each fills.
std::vector<std::pair<std::size_t, TableField>> reference_columns(const Table& table, const ReferenceRequest& request,
                                                                  const TableScan& scan) {
  std::vector<std::pair<std::size_t, TableField>> columns;
  auto value = find_column(table.columns(), "close");
  if (!value && request.symbol) value = find_column(table.columns(), *request.symbol);
  // Many files of an index are two columns: the date and a value under the index's own name.
  if (!value && table.columns().size() == 2 && !scan.symbol) value = 1 - scan.date;
  if (!value) {
    throw InvalidInput(Diagnostic{.file = table.path(),
                                  .message = "there is no column 'close'" + columns_present(table.columns(), "close")});
  }
  columns.emplace_back(*value, TableField("close", request.kind));
  if (request.kind != FieldKind::price) return columns;
  if (const auto split = find_column(table.columns(), "split"))
    columns.emplace_back(*split, TableField("split", FieldKind::split));
  if (const auto dividend = find_column(table.columns(), "dividend"))
    columns.emplace_back(*dividend, TableField("dividend", FieldKind::dividend));
  return columns;
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
  const std::unique_ptr<Table> table = open_table(SourceFile(request.path, request.open_file));
  TableScan scan = scan_of_dates(*table);
  scan.symbol = find_symbol_column(table->columns());
  SymbolTable symbols;
  PanelSink::Source source{.path = table->path(), .symbols = &symbols, .field_of_column = {}, .column_names = {}};
  if (!scan.symbol || request.symbol) source.symbol = symbols.intern(request.symbol.value_or(request.role));
  std::vector<std::pair<std::size_t, TableField>> columns = reference_columns(*table, request, scan);
  DaySurvey survey(request.first, request.last);
  table->scan(scan, symbols, survey);

  std::vector<TableField> fields;
  for (auto& [column, field] : columns) {
    scan.values.push_back(column);
    source.field_of_column.push_back(fields.size());
    source.column_names.push_back(table->columns()[column]);
    fields.push_back(std::move(field));
  }
  check_names_are_single(*table, scan);
  const PanelShape shape{.dates = survey.dates(), .instruments = 1, .place_of_symbol = {0}};
  ReferenceSeries series;
  if (!shape.dates.empty()) {
    std::span<std::uint8_t> has_row;
    const std::shared_ptr<PanelStorage> storage = allocate_fields(shape, fields, has_row);
    PanelSink sink(shape, fields, has_row, request.last_duplicate_wins);
    sink.begin(std::move(source));
    table->scan(scan, symbols, sink);
    for (TableField& field : fields) sink.problems.merge(std::move(field.problems));
    sink.problems.throw_if_any();
    series = {.rows = rows_of(shape, fields), .refused_prices = fields.front().out_of_range()};
  }
  if (!request.symbol && symbols.size() > 1) {
    throw InvalidInput(Diagnostic{.file = table->path(),
                                  .message = "holds several symbols (" + symbols.text(0) + ", " + symbols.text(1) +
                                             ", ...); " + request.role + " is one"});
  }
  for (const TableField& field : fields) {
    if (auto warning = field.warning()) warnings.push_back(std::move(*warning));
  }
  return series;
}

std::vector<double> held_values(const std::vector<ReferenceRow>& rows) {
  std::vector<double> values;
  double shares = 1.0;
  double last_price = missing;
  for (const ReferenceRow& row : rows) {
    if (!std::isnan(row.split)) {
      shares *= row.split;
      last_price /= row.split;
    }
    if (!std::isnan(row.value)) last_price = row.value;
    if (row.dividend > 0.0 && last_price > 0.0) shares *= 1.0 + row.dividend / last_price;
    values.push_back(row.value * shares);
  }
  return values;
}

}  // namespace backtest
