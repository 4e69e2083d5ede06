#include "data/target_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "data/column_lookup.hpp"
#include "data/key_columns.hpp"
#include "data/row_problems.hpp"
#include "data/table.hpp"
#include "data/table_field.hpp"

namespace backtest {

namespace {

// Keeps each row in a list: such a table is mostly holes. Keys and weights grow apart, as they come in two threads.
class TargetSink final : public TableSink {
 public:
  TargetSink(const LoadRequest& request, const std::string& path, const std::string& weight_column, const Panel& prices,
             const SymbolTable& symbols)
      : request_(request), path_(path), weight_column_(weight_column), prices_(prices), symbols_(symbols) {}

  void place(const RowKeys& keys, std::span<Cell> cells) override {
    for (std::size_t row = 0; row < cells.size(); ++row) {
      ++row_count_;
      if (keys.day[row] == no_day) continue;
      const Date date{keys.day[row]};
      if (date < request_.start_date || date > request_.end_date) continue;
      const auto bar = std::ranges::lower_bound(prices_.dates, date);
      if (bar == prices_.dates.end() || *bar != date) {
        refuse(keys.line[row], "",
               to_text(date) + " is not a bar: no symbol of the universe has a price row on that day");
      } else if (keys.symbol[row] >= prices_.instrument_count()) {
        refuse(keys.line[row], "", fmt::format("'{}' is not in the universe", symbols_.text(keys.symbol[row])));
      } else {
        cells[row] = rows_.size();
        rows_.push_back({.bar = static_cast<std::size_t>(bar - prices_.dates.begin()),
                         .instrument = keys.symbol[row],
                         .line = keys.line[row]});
      }
    }
  }

  void store(const ColumnBatch& batch) override {
    const auto refuse_weight = [&](std::size_t row, std::string why) {
      weight_problems_.add(
          {.file = path_, .line = batch.line[row], .column = weight_column_, .message = std::move(why)});
    };
    for (const BadCell& bad : batch.bad) refuse_weight(bad.row, not_a_number(bad.text));
    auto next_bad = batch.bad.begin();  // ascending, like the rows
    for (std::size_t row = 0; row < batch.cells.size(); ++row) {
      if (batch.cells[row] == no_cell) continue;
      const bool is_text = next_bad != batch.bad.end() && next_bad->row == row;
      if (is_text) ++next_bad;
      if (std::isnan(batch.values[row]) && !is_text) refuse_weight(row, "the weight is missing");
      if (std::isinf(batch.values[row])) refuse_weight(row, "the weight is infinite");
      weights_.push_back(batch.values[row]);
    }
  }

  void refuse(std::uint64_t line, const std::string& column, std::string message) override {
    row_problems_.add({.file = path_, .line = line, .column = column, .message = std::move(message)});
  }

  std::size_t row_count() const { return row_count_; }

  TargetTable finish() {
    for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i].weight = weights_[i];
    std::ranges::sort(rows_, {}, [](const Row& row) { return std::tuple(row.bar, row.instrument, row.line); });
    TargetTable table;
    for (const Row& row : rows_) {
      if (table.decisions.empty() || table.decisions.back().bar != row.bar)
        table.decisions.push_back({.bar = row.bar, .weights = {}});
      std::vector<InstrumentWeight>& weights = table.decisions.back().weights;
      if (weights.empty() || weights.back().instrument != row.instrument) {
        weights.push_back({.instrument = row.instrument, .weight = row.weight});
      } else if (request_.last_duplicate_wins) {
        weights.back().weight = row.weight;
      } else {
        refuse(row.line, "",
               fmt::format("a second row of {} on {}; data.on_duplicate: last would keep this one",
                           prices_.instruments[row.instrument], to_text(prices_.dates[row.bar])));
      }
    }
    row_problems_.merge(std::move(weight_problems_));
    row_problems_.throw_if_any();
    return table;
  }

 private:
  struct Row {
    std::size_t bar = 0;
    InstrumentIndex instrument = 0;
    std::uint64_t line = 0;
    double weight = missing;
  };

  const LoadRequest& request_;
  const std::string& path_;
  const std::string& weight_column_;
  const Panel& prices_;
  const SymbolTable& symbols_;
  std::size_t row_count_ = 0;
  std::vector<Row> rows_;
  std::vector<double> weights_;
  RowProblems row_problems_;
  RowProblems weight_problems_;
};

}  // namespace

TargetTable load_targets(const LoadRequest& request, const std::string& path, const Panel& prices,
                         std::vector<Diagnostic>& warnings) {
  const std::unique_ptr<Table> table = open_table(SourceFile(path, request.open_file));
  SymbolTable symbols;
  for (const std::string& instrument : prices.instruments) symbols.intern(instrument);
  TableScan scan = scan_of_keys(*table);
  const auto weight = find_column(table->columns(), "weight");
  if (!weight) {
    throw InvalidInput(Diagnostic{
        .file = path, .message = "there is no column 'weight'" + columns_present(table->columns(), "weight")});
  }
  scan.values.push_back(*weight);
  check_names_are_single(*table, scan);
  TargetSink sink(request, path, table->columns()[*weight], prices, symbols);
  table->scan(scan, symbols, sink);
  TargetTable targets = sink.finish();
  if (sink.row_count() == 0)
    throw InvalidInput(Diagnostic{.file = path, .message = "the table of target weights has no rows"});
  if (targets.decisions.empty()) {
    warnings.push_back({.file = path,
                        .message = "no row of the target weights lies between " + to_text(request.start_date) +
                                   " and " + to_text(request.end_date) + ": nothing is decided"});
  }
  return targets;
}

}  // namespace backtest
