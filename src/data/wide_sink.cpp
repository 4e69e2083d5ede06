#include "data/wide_sink.hpp"

#include <cmath>

#include "base/ascii_text.hpp"

namespace backtest {

WideColumns find_wide_columns(const Table& table, std::size_t date_column, const LoadRequest& request,
                              std::size_t universe_size, SymbolTable& symbols) {
  WideColumns wide;
  std::vector<std::uint8_t> taken;
  for (std::size_t column = 0; column < table.columns().size(); ++column) {
    const std::string_view name = trimmed(table.columns()[column]);
    if (column == date_column || name.empty()) continue;
    const SymbolId id = symbols.intern(name);
    if (!request.all_symbols && id >= universe_size && request.benchmark_symbol != name) continue;
    if (id >= taken.size()) taken.resize(id + 1);
    if (taken[id] != 0) {
      throw InvalidInput(Diagnostic{
          .file = table.path(), .line = 1, .column = std::string(name), .message = "two columns have this name"});
    }
    taken[id] = 1;
    wide.columns.push_back(column);
    wide.symbols.push_back(id);
  }
  return wide;
}

WideSink::WideSink(const PanelShape& shape, TableField& close, std::span<std::uint8_t> has_row,
                   bool last_duplicate_wins, const Table& table, const WideColumns& wide)
    : closes(wide.columns.size(), TableField("close", FieldKind::price)),
      shape_(shape),
      bar_of_day_(shape.dates),
      values_(close.values),
      has_row_(has_row),
      last_duplicate_wins_(last_duplicate_wins),
      table_(table),
      wide_(wide),
      bar_seen_(shape.dates.size()) {}

void WideSink::place(const RowKeys& keys, std::span<Cell> cells) {
  for (std::size_t row = 0; row < cells.size(); ++row) {
    const std::uint32_t bar = bar_of_day_.bar(keys.day[row]);
    if (bar == not_read) continue;
    if (bar_seen_[bar] != 0 && !last_duplicate_wins_) {
      refuse(keys.line[row], "",
             "a second row of " + to_text(shape_.dates[bar]) + "; data.on_duplicate: last would keep this one");
      continue;
    }
    bar_seen_[bar] = 1;
    cells[row] = bar;
  }
}

void WideSink::store(const ColumnBatch& batch) {
  const std::uint32_t place = shape_.place(wide_.symbols[batch.column]);
  if (place == not_read) return;
  TableField& close = closes[batch.column];
  const std::string& column = table_.columns()[wide_.columns[batch.column]];
  for (std::size_t row = 0; row < batch.cells.size(); ++row) {
    if (batch.cells[row] == no_cell || std::isnan(batch.values[row])) continue;
    const Cell cell = shape_.cell(batch.cells[row], place);
    values_[cell] = close.admitted(batch.values[row], table_.path(), batch.line[row], column);
    has_row_[cell] = 1;
  }
  for (const BadCell& bad : batch.bad)
    close.refuse_text(bad.text, {.file = table_.path(), .line = batch.line[bad.row], .column = column});
}

void WideSink::refuse(std::uint64_t line, const std::string& column, std::string message) {
  problems.add({.file = table_.path(), .line = line, .column = column, .message = std::move(message)});
}

}  // namespace backtest
