#include "data/wide_sink.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

#include "base/ascii_text.hpp"
#include "base/diagnostic.hpp"
#include "data/column_lookup.hpp"
#include "data/joined_names.hpp"

namespace backtest {

void check_columns_are_symbols(const Table& table, const TableScan& keys, const LoadRequest& request) {
  const auto is_named = [&](const std::string& name) {
    return !request.all_symbols && std::ranges::find(request.symbols, name) != request.symbols.end();
  };
  const auto close = table.column("close");
  const std::vector<std::string> joined = joined_names(table.columns());
  if (std::ranges::any_of(joined, is_named)) return;
  if (!close && !joined.empty()) {
    throw InvalidInput(Diagnostic{.file = table.path(), .message = joined_names_problem(joined)});
  }
  const auto is_wanted = [&](std::size_t column) { return is_named(table.names()[column]); };
  if (!close || is_wanted(*close)) return;
  const auto symbol = find_symbol_column(table.names());
  if (symbol && !is_wanted(*symbol)) {
    throw InvalidInput(Diagnostic{.file = table.path(),
                                  .message = "has the columns '" + table.columns()[*symbol] + "' and '" +
                                             table.columns()[*close] +
                                             "' and is no table of one column per symbol; data.layout: long (the "
                                             "default) reads one row a day and symbol"});
  }
  std::string fields;
  std::size_t field_count = 0;
  std::size_t value_count = 0;
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    if ((!keys.day && column == keys.date) || table.names()[column].empty()) continue;
    ++value_count;
    const std::string& spelled = table.columns()[column];
    // Beside a close, an adj_open or close_time is more of the same bar.
    if (!is_field_name(table.names()[column]) && std::ranges::find(joined, spelled) == joined.end()) continue;
    fields += (field_count++ == 0 ? "" : ", ") + spelled;
  }
  // One close among symbols may be anything; a close beside an open or a volume is a bar's.
  if (field_count == 1 && value_count > 1) return;
  throw InvalidInput(Diagnostic{
      .file = table.path(),
      .message =
          fields +
          (field_count == 1 ? " is a field of one symbol, not a symbol" : " are fields of one symbol, not symbols") +
          "; data.layout: long (the default) reads them, with a column symbol, or with the symbol in "
          "the file's name: data.price_path: {symbol}.csv"});
}

WideColumns find_wide_columns(const Table& table, const TableScan& keys, std::span<const std::string> fields,
                              const LoadRequest& request, std::size_t universe_size, SymbolTable& symbols) {
  WideColumns wide;
  std::vector<std::uint8_t> taken;
  const bool is_stacked = table.header().has_symbols();
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    const bool is_date = !keys.day && column == keys.date;
    if (is_date || table.header().is_index[column]) continue;
    const std::string_view name = trimmed(is_stacked ? table.header().symbols[column] : table.names()[column]);
    if (name.empty()) continue;
    std::size_t field = 0;
    if (is_stacked) {
      const std::string wanted = lower_case(trimmed(table.names()[column]));
      field = static_cast<std::size_t>(std::ranges::find(fields, wanted) - fields.begin());
      if (field == fields.size()) continue;
    }
    if (request.all_symbols && !is_stacked &&
        (may_be_index_name(table.columns()[column]) || is_only_a_field_name(name))) {
      wide.skipped.push_back(table.columns()[column]);
      continue;
    }
    const SymbolId id = symbols.intern(name);
    if (!request.all_symbols && id >= universe_size && request.benchmark_symbol != name) continue;
    const std::size_t key = id * std::max<std::size_t>(fields.size(), 1) + field;
    if (key >= taken.size()) taken.resize(key + 1);
    if (taken[key] != 0) {
      throw InvalidInput(Diagnostic{
          .file = table.path(), .line = 1, .column = std::string(name), .message = "two columns have this name"});
    }
    taken[key] = 1;
    wide.columns.push_back(column);
    wide.symbols.push_back(id);
    wide.fields.push_back(field);
  }
  return wide;
}

WideSink::WideSink(const PanelShape& shape, std::span<TableField> fields, std::span<std::uint8_t> has_row,
                   bool last_duplicate_wins)
    : shape_(shape),
      fields_(fields),
      has_row_(has_row),
      last_duplicate_wins_(last_duplicate_wins),
      bar_of_day_(shape.dates) {}

void WideSink::begin(const Table& table, const WideColumns& wide) {
  table_ = &table;
  wide_ = &wide;
  first_column_ = columns_read.size();
  for (const std::size_t field : wide.fields) columns_read.emplace_back(fields_[field].name(), fields_[field].kind());
  seen_.assign(shape_.dates.size(), std::nullopt);
  bool is_in_two_tables = false;
  for (const SymbolId symbol : wide.symbols) {
    if (symbol >= symbol_seen_.size()) symbol_seen_.resize(symbol + 1);
    is_in_two_tables = is_in_two_tables || symbol_seen_[symbol] != 0;
  }
  earlier_rows_.clear();
  if (is_in_two_tables) earlier_rows_.assign(has_row_.begin(), has_row_.end());
  for (const SymbolId symbol : wide.symbols) symbol_seen_[symbol] = 1;
}

void WideSink::place(const RowKeys& keys, std::span<Cell> cells) {
  row_count_ += cells.size();
  for (std::size_t row = 0; row < cells.size(); ++row) {
    const Date date{keys.day[row]};
    std::uint32_t bar = bar_of_day_.bar(date.days);
    if (bar == not_read && calendar_ != nullptr && date.days != no_day) {
      RowCalendar::Place placed = calendar_->place(date, keys.line[row]);
      if (placed.refusal) refuse(keys.line[row], "", std::move(*placed.refusal));
      bar = placed.bar;
    }
    if (bar == not_read || bar < shape_.first_bar) continue;
    const SeenRow here{.second = keys.second.empty() ? 0 : keys.second[row],
                       .distance_days = calendar_ == nullptr ? 0 : calendar_->distance_days(date, bar)};
    if (seen_[bar] && seen_[bar]->distance_days < here.distance_days) continue;
    const bool is_repeated = seen_[bar] && seen_[bar]->distance_days == here.distance_days;
    const std::int32_t earlier = seen_[bar] ? seen_[bar]->second : 0;
    seen_[bar] = here;
    if (is_repeated && (earlier != here.second || !last_duplicate_wins_)) {
      refuse(keys.line[row], "",
             repeated_row(calendar_ != nullptr ? DailyRows::signals : DailyRows::bars, "", shape_.dates[bar], earlier,
                          here.second));
      continue;
    }
    cells[row] = bar;
  }
}

void WideSink::store(const ColumnBatch& batch) {
  const std::uint32_t place = shape_.place(wide_->symbols[batch.column]);
  if (place == not_read) return;
  TableField& read = columns_read[first_column_ + batch.column];
  const std::span<double> values = fields_[wide_->fields[batch.column]].values;
  const std::string& column = table_->columns()[wide_->columns[batch.column]];
  for (std::size_t row = 0; row < batch.cells.size(); ++row) {
    if (batch.cells[row] == no_cell || std::isnan(batch.values[row])) continue;
    const Cell cell = shape_.cell(batch.cells[row], place);
    if (!earlier_rows_.empty() && earlier_rows_[cell] != 0 && !last_duplicate_wins_) {
      read.problems.add({.file = table_->path(),
                         .line = batch.line[row],
                         .column = column,
                         .message = repeated_row(DailyRows::bars, "", shape_.dates[batch.cells[row]], 0, 0)});
      continue;
    }
    values[cell] = read.admitted(batch.values[row], table_->path(), batch.line[row], column);
    // Another thread may store another field of the same row.
    std::atomic_ref(has_row_[cell]).store(1, std::memory_order_relaxed);
  }
  for (const BadCell& bad : batch.bad)
    read.refuse_text(bad.text, {.file = table_->path(), .line = batch.line[bad.row], .column = column});
}

void WideSink::refuse(std::uint64_t line, const std::string& column, std::string message) {
  problems.add({.file = table_->path(), .line = line, .column = column, .message = std::move(message)});
}

}  // namespace backtest
