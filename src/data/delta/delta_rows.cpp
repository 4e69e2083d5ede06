#include "data/delta/delta_rows.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"
#include "engine/model/panel.hpp"

namespace backtest {

namespace {

// The value of a column in every row of the file.
struct ConstantColumn {
  std::size_t column = 0;  // index into TableScan::values
  double value = missing;
};

}  // namespace

struct DeltaRows::Plan {
  TableScan scan;                            // of the file
  std::vector<std::size_t> column_of_value;  // the scan's values -> those that were asked for
  std::vector<ConstantColumn> constants;
  SymbolId symbol = no_symbol;  // of every row, where has_symbol
  bool has_symbol = false;
};

namespace {

// Between the file and the sink of whoever asked.
template <typename Plan>
class DeltaSink final : public TableSink {
 public:
  DeltaSink(const DeltaTable& table, const DeltaFile& file, const Plan& plan, TableSink& sink)
      : table_(table), file_(file), plan_(plan), sink_(sink) {}

  void place(const RowKeys& keys, std::span<Cell> cells) override {
    RowKeys given = keys;
    if (!file_.deleted_rows.empty()) {
      days_.assign(keys.day.begin(), keys.day.end());
      for (std::size_t row = 0; row < days_.size(); ++row) {
        if (is_deleted(keys.line[row])) days_[row] = no_day;
      }
      given.day = days_;
    }
    if (plan_.has_symbol) {
      symbols_.assign(keys.day.size(), plan_.symbol);
      given.symbol = symbols_;
    }
    sink_.place(given, cells);
    for (const ConstantColumn& constant : plan_.constants) {
      values_.assign(cells.size(), constant.value);
      sink_.store({.column = constant.column, .line = keys.line, .cells = cells, .values = values_, .bad = {}});
    }
  }

  void store(const ColumnBatch& batch) override {
    ColumnBatch given = batch;
    given.column = plan_.column_of_value[batch.column];
    sink_.store(given);
  }

  void refuse(std::uint64_t line, const std::string& column, std::string message) override {
    if (is_deleted(line)) return;
    const auto named = std::ranges::find(table_.columns, column, &DeltaColumn::physical_name);
    sink_.refuse(line, named == table_.columns.end() ? column : named->name, std::move(message));
  }

 private:
  bool is_deleted(std::uint64_t line) const { return std::ranges::binary_search(file_.deleted_rows, line - 1); }

  const DeltaTable& table_;
  const DeltaFile& file_;
  const Plan& plan_;
  TableSink& sink_;
  std::vector<std::int32_t> days_;
  std::vector<SymbolId> symbols_;
  std::vector<double> values_;
};

bool is_numeric(const std::string& type) {
  constexpr std::array<std::string_view, 6> numeric = {"byte", "short", "integer", "long", "float", "double"};
  return std::ranges::find(numeric, type) != numeric.end() || type.starts_with("decimal");
}

}  // namespace

DeltaRows::DeltaRows(std::string path, std::shared_ptr<const DeltaTable> table, const DeltaFile* file,
                     std::unique_ptr<Table> rows, const TableFormat& format)
    : Table(std::move(path), format), table_(std::move(table)), file_(file), rows_(std::move(rows)) {
  for (const DeltaColumn& column : table_->columns) columns_.push_back(column.name);
  name_columns({});
}

bool DeltaRows::is_partition(std::size_t column) const {
  return file_ != nullptr && table_->columns[column].is_partition;
}

std::optional<std::string> DeltaRows::partition_value(std::size_t column) const {
  const auto found = file_->partition_values.find(table_->columns[column].physical_name);
  if (found == file_->partition_values.end()) return std::nullopt;
  return found->second;
}

std::optional<std::size_t> DeltaRows::place_in_file(std::size_t column) const {
  const std::vector<std::string>& names = rows_->columns();
  const auto found = std::ranges::find(names, table_->columns[column].physical_name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  if (table_->maps_columns_by_id) {
    throw InvalidInput(
        Diagnostic{.file = path_,
                   .column = columns_[column],
                   .message = "its table maps columns by id (columnMapping), and this file names none '" +
                              table_->columns[column].physical_name + "'"});
  }
  return std::nullopt;
}

bool DeltaRows::may_hold_numbers(std::size_t column) const {
  if (rows_ == nullptr || is_partition(column)) return is_numeric(table_->columns[column].type);
  const auto place = place_in_file(column);
  return place ? rows_->may_hold_numbers(*place) : is_numeric(table_->columns[column].type);
}

bool DeltaRows::holds_dates(std::size_t column) const {
  const std::string& type = table_->columns[column].type;
  return type == "date" || type.starts_with("timestamp") || type == "string";
}

void DeltaRows::plan_keys(const TableScan& scan, SymbolTable& symbols, Plan& plan) const {
  const auto refuse = [&](std::size_t column, std::string why) {
    throw InvalidInput(Diagnostic{.file = path_, .column = columns_[column], .message = std::move(why)});
  };
  const auto place_of_key = [&](std::size_t column) {
    const auto place = place_in_file(column);
    if (!place) refuse(column, "is missing in all rows: the file is older than the column");
    return *place;
  };
  plan.scan.day = scan.day;
  if (!scan.day) {
    if (is_partition(scan.date)) {
      const std::string day = partition_value(scan.date).value_or("null");
      plan.scan.day = parse_date(std::string_view(day).substr(0, 10));
      if (!plan.scan.day) refuse(scan.date, "the partition '" + day + "' is no date");
    } else {
      plan.scan.date = place_of_key(scan.date);
    }
  }
  if (!scan.symbol) return;
  if (is_partition(*scan.symbol)) {
    const std::string symbol = partition_value(*scan.symbol).value_or("");
    const std::string_view text = trimmed(symbol);
    if (text.empty()) refuse(*scan.symbol, "the symbol is missing in a partition");
    plan.has_symbol = true;
    plan.symbol = symbols.intern(text);
  } else {
    plan.scan.symbol = place_of_key(*scan.symbol);
  }
}

DeltaRows::Plan DeltaRows::plan(const TableScan& scan, SymbolTable& symbols) const {
  Plan plan;
  plan_keys(scan, symbols, plan);
  for (std::size_t k = 0; k < scan.values.size(); ++k) {
    const std::size_t column = scan.values[k];
    if (is_partition(column)) {
      plan.constants.push_back(
          {.column = k, .value = parse_cell(partition_value(column).value_or("")).value_or(missing)});
    } else if (const auto place = place_in_file(column)) {
      plan.scan.values.push_back(*place);
      plan.column_of_value.push_back(k);
    } else {
      plan.constants.push_back({.column = k});
    }
  }
  return plan;
}

void DeltaRows::scan(const TableScan& scan, SymbolTable& symbols, TableSink& sink) {
  if (rows_ == nullptr) return;
  const Plan plan = this->plan(scan, symbols);
  DeltaSink<Plan> between(*table_, *file_, plan, sink);
  rows_->scan(plan.scan, symbols, between);
  days_.times = rows_->times();
}

}  // namespace backtest
