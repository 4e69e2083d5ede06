#include "data/target_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <tuple>
#include <utility>

#include "base/ascii_text.hpp"
#include "data/column_lookup.hpp"
#include "data/key_columns.hpp"
#include "data/request_parts.hpp"
#include "data/row_calendar.hpp"
#include "data/row_problems.hpp"
#include "data/table.hpp"
#include "data/table_field.hpp"
#include "data/table_parts.hpp"

namespace backtest {

namespace {

std::string not_in_universe(std::string_view name, std::string_view remedy) {
  const std::string wrong = "is not in the universe";
  if (lower_case(name) != "cash") return wrong + std::string(remedy);
  return wrong + "; leave it out: what the weights of a date do not sum to stays in cash";
}

// Keeps each row in a list: such a table is mostly holes. Keys and weights grow apart, as they come in two threads.
class TargetSink final : public TableSink {
 public:
  TargetSink(const LoadRequest& request, const Panel& prices, const SymbolTable& symbols)
      : request_(request),
        prices_(prices),
        symbols_(symbols),
        calendar_(prices.dates, prices.first_bar, request.start_date, request.end_date,
                  request.on_off_calendar.value_or(OffCalendar::error)) {}

  // The rows that follow come from this file. Its weights stand in one column, or in one per symbol.
  void begin(std::string path, std::vector<std::string> columns, std::vector<SymbolId> symbol_of_column,
             SymbolId symbol_of_file) {
    path_ = std::move(path);
    columns_ = std::move(columns);
    symbol_of_column_ = std::move(symbol_of_column);
    symbol_of_file_ = symbol_of_file;
    first_key_ = keys_.size();
    weights_.clear();
    weights_.resize(columns_.size());
  }

  void place(const RowKeys& keys, std::span<Cell> cells) override {
    for (std::size_t row = 0; row < cells.size(); ++row) {
      ++row_count_;
      if (keys.day[row] == no_day) continue;
      const Date date{keys.day[row]};
      RowCalendar::Place placed = calendar_.place(date, keys.line[row]);
      if (placed.refusal) refuse(keys.line[row], "", std::move(*placed.refusal));
      if (placed.bar == not_read) continue;
      SymbolId symbol = symbol_of_file_;
      if (!keys.symbol.empty()) symbol = keys.symbol[row];
      if (symbol_of_column_.empty() && symbol >= prices_.instrument_count()) {
        refuse(keys.line[row], "",
               fmt::format("'{}' {}", symbols_.text(symbol), not_in_universe(symbols_.text(symbol), "")));
        continue;
      }
      cells[row] = keys_.size() - first_key_;
      keys_.push_back({.bar = placed.bar,
                       .distance_days = calendar_.distance_days(date, placed.bar),
                       .instrument = symbol,
                       .second = keys.second.empty() ? 0 : keys.second[row],
                       .line = keys.line[row]});
    }
  }

  void store(const ColumnBatch& batch) override {
    Weights& weights = weights_[batch.column];
    const auto refuse_weight = [&](std::size_t row, std::string why) {
      weights.problems.add(
          {.file = path_, .line = batch.line[row], .column = columns_[batch.column], .message = std::move(why)});
    };
    for (const BadCell& bad : batch.bad) refuse_weight(bad.row, not_a_number(bad.text));
    const bool is_wide = !symbol_of_column_.empty();
    auto next_bad = batch.bad.begin();  // ascending, like the rows
    for (std::size_t row = 0; row < batch.cells.size(); ++row) {
      if (batch.cells[row] == no_cell) continue;
      const bool is_text = next_bad != batch.bad.end() && next_bad->row == row;
      if (is_text) ++next_bad;
      const bool is_missing = std::isnan(batch.values[row]) && !is_text;
      if (is_missing && is_wide) continue;  // as a row that is not there
      if (is_missing) refuse_weight(row, "the weight is missing");
      if (std::isinf(batch.values[row])) refuse_weight(row, "the weight is infinite");
      weights.rows.push_back({.key = batch.cells[row], .weight = batch.values[row]});
    }
  }

  void refuse(std::uint64_t line, const std::string& column, std::string message) override {
    row_problems_.add({.file = path_, .line = line, .column = column, .message = std::move(message)});
  }

  // Takes over the rows of the file.
  void end() {
    for (std::size_t column = 0; column < weights_.size(); ++column) {
      for (const Weight& weight : weights_[column].rows) {
        const Key& key = keys_[first_key_ + weight.key];
        Row row{.key = key, .order = rows_.size(), .weight = weight.weight, .path = path_};
        if (!symbol_of_column_.empty()) row.key.instrument = symbol_of_column_[column];
        rows_.push_back(std::move(row));
      }
      weight_problems_.merge(std::move(weights_[column].problems));
    }
  }

  // What may be behind rows that are refused.
  void suspect(Diagnostic cause) { row_problems_.suspect(std::move(cause)); }

  std::size_t row_count() const { return row_count_; }
  std::optional<Diagnostic> warning(const std::string& path) const { return calendar_.warning(path, "weight row"); }

  TargetTable finish() {
    std::ranges::sort(rows_, {}, [](const Row& row) {
      return std::tuple(row.key.bar, row.key.distance_days, row.key.instrument, row.key.line, row.order);
    });
    TargetTable table;
    std::int32_t distance_days = 0;
    std::int32_t second = 0;
    for (const Row& row : rows_) {
      if (table.decisions.empty() || table.decisions.back().bar != row.key.bar) {
        table.decisions.push_back({.bar = row.key.bar, .weights = {}});
        distance_days = row.key.distance_days;
      }
      // The rows of a day are one decision: of two days that fall on one bar the nearer one decides.
      if (row.key.distance_days != distance_days) continue;
      std::vector<InstrumentWeight>& weights = table.decisions.back().weights;
      const bool is_new = weights.empty() || weights.back().instrument != row.key.instrument;
      const std::int32_t earlier = std::exchange(second, row.key.second);
      if (is_new) {
        weights.push_back({.instrument = row.key.instrument, .weight = row.weight});
      } else if (request_.last_duplicate_wins && earlier == row.key.second) {
        weights.back().weight = row.weight;
      } else {
        row_problems_.add({.file = row.path,
                           .line = row.key.line,
                           .message = repeated_row(DailyRows::weights, prices_.instruments[row.key.instrument],
                                                   prices_.dates[row.key.bar], earlier, row.key.second)});
      }
    }
    row_problems_.merge(std::move(weight_problems_));
    row_problems_.throw_if_any();
    return table;
  }

 private:
  struct Key {
    std::size_t bar = 0;
    std::int32_t distance_days = 0;
    InstrumentIndex instrument = 0;
    std::int32_t second = 0;
    std::uint64_t line = 0;
  };
  struct Weight {
    std::size_t key = 0;  // of this file
    double weight = missing;
  };
  struct Weights {
    std::vector<Weight> rows;
    RowProblems problems;
  };
  struct Row {
    Key key;
    std::size_t order = 0;
    double weight = missing;
    std::string path;
  };

  const LoadRequest& request_;
  const Panel& prices_;
  const SymbolTable& symbols_;
  RowCalendar calendar_;
  std::string path_;
  std::vector<std::string> columns_;
  std::vector<SymbolId> symbol_of_column_;
  SymbolId symbol_of_file_ = no_symbol;
  std::size_t row_count_ = 0;
  std::size_t first_key_ = 0;  // of this file
  std::vector<Key> keys_;
  std::vector<Weights> weights_;  // by column of this file
  std::vector<Row> rows_;
  RowProblems row_problems_;
  RowProblems weight_problems_;
};

// Weights in one column per symbol, as optimisers write them. Every column is a symbol, but the dates and an index.
TableScan wide_targets(const Table& table, const TablePart& part, const Panel& prices, SymbolTable& symbols,
                       std::vector<SymbolId>& symbol_of_column) {
  TableScan scan = scan_of_dates(table, part);
  std::vector<Diagnostic> unknown;
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    const bool is_date = !scan.day && column == scan.date;
    const std::string_view name = trimmed(table.names()[column]);
    if (is_date || table.header().is_index[column] || name.empty()) continue;
    const SymbolId symbol = symbols.intern(name);
    const bool is_known = symbol < prices.instrument_count();
    if (!is_known && may_be_index_name(table.columns()[column])) continue;
    if (!is_known) {
      unknown.push_back({.file = table.path(),
                         .line = 1,
                         .column = std::string(name),
                         .message = not_in_universe(name,
                                                    "; a weights table has the columns date, symbol and weight, or "
                                                    "date and one column per symbol (docs/data.md)")});
      continue;
    }
    if (std::ranges::find(symbol_of_column, symbol) != symbol_of_column.end()) {
      unknown.push_back(
          {.file = table.path(), .line = 1, .column = std::string(name), .message = "two columns have this name"});
    }
    scan.values.push_back(column);
    symbol_of_column.push_back(symbol);
  }
  if (!unknown.empty()) throw InvalidInput(std::move(unknown));
  return scan;
}

void read_targets(const LoadRequest& request, const TablePart& part, const Panel& prices, SymbolTable& symbols,
                  TargetSink& sink, std::vector<Diagnostic>& warnings) {
  const std::unique_ptr<Table> table = open_part(*request.sources, part, request.format);
  const auto weight = table->column("weight");
  const bool is_long = find_symbol_column(table->names()).has_value() || !part.symbol.empty();
  TableScan scan;
  std::vector<SymbolId> symbol_of_column;
  if (is_long || weight) {
    scan = scan_of_keys(*table, part, WithoutSymbols::refused_as_weights);
    if (!weight) {
      throw InvalidInput(Diagnostic{.file = part.path,
                                    .message = "there is no column 'weight'" +
                                               columns_present(table->columns(), "weight") +
                                               "; data.columns: {weight: ...} names another (docs/data.md)"});
    }
    scan.values.push_back(*weight);
  } else {
    scan = wide_targets(*table, part, prices, symbols, symbol_of_column);
  }
  check_names_are_single(*table, scan);
  std::vector<std::string> columns;
  for (const std::size_t column : scan.values) columns.push_back(table->columns()[column]);
  sink.begin(part.path, std::move(columns), std::move(symbol_of_column),
             scan.symbol || part.symbol.empty() ? no_symbol : symbols.intern(part.symbol));
  table->scan(scan, symbols, sink);
  sink.end();
  if (auto doubt = table->times().doubt()) {
    warnings.push_back({.file = part.path, .message = std::move(*doubt), .importance = Importance::high});
    sink.suspect(warnings.back());
  }
}

}  // namespace

TargetTable load_targets(const LoadRequest& request, const std::string& path, const Panel& prices,
                         std::vector<Diagnostic>& warnings) {
  SymbolTable symbols;
  for (const std::string& instrument : prices.instruments) symbols.intern(instrument);
  TargetSink sink(request, prices, symbols);
  for (const TablePart& part : other_parts(request, path)) {
    read_targets(request, part, prices, symbols, sink, warnings);
  }
  TargetTable targets = sink.finish();
  if (sink.row_count() == 0)
    throw InvalidInput(Diagnostic{.file = path, .message = "the table of target weights has no rows"});
  if (auto warning = sink.warning(path)) warnings.push_back(std::move(*warning));
  if (targets.decisions.empty()) {
    warnings.push_back({.file = path,
                        .message = "no row of the target weights lies between " + to_text(request.start_date) +
                                   " and " + to_text(request.end_date) + ": nothing is decided"});
  }
  return targets;
}

}  // namespace backtest
