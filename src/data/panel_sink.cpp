#include "data/panel_sink.hpp"

#include <fmt/format.h>

namespace backtest {

PanelSink::PanelSink(const PanelShape& shape, std::span<TableField> fields, std::span<std::uint8_t> has_row,
                     bool last_duplicate_wins)
    : shape_(shape),
      fields_(fields),
      has_row_(has_row),
      last_duplicate_wins_(last_duplicate_wins),
      bar_of_day_(shape.dates) {}

void PanelSink::begin(Source source) {
  source_ = std::move(source);
}

void PanelSink::place(const RowKeys& keys, std::span<Cell> cells) {
  row_count_ += cells.size();
  for (std::size_t row = 0; row < cells.size(); ++row) {
    const std::uint32_t bar = bar_of_day_.bar(keys.day[row]);
    if (bar == not_read || bar < shape_.first_bar) continue;
    const SymbolId symbol = keys.symbol.empty() ? source_.symbol : keys.symbol[row];
    const std::uint32_t place = shape_.place(symbol);
    if (place == not_read) continue;
    const Cell cell = shape_.cell(bar, place);
    if (has_row_[cell] != 0 && !last_duplicate_wins_) {
      problems.add({.file = source_.path,
                    .line = keys.line[row],
                    .message = fmt::format("a second row of {} on {}; data.on_duplicate: last would keep this one",
                                           source_.symbols->text(symbol), to_text(shape_.dates[bar]))});
      continue;
    }
    has_row_[cell] = 1;
    cells[row] = cell;
  }
}

void PanelSink::refuse(std::uint64_t line, const std::string& column, std::string message) {
  problems.add({.file = source_.path, .line = line, .column = column, .message = std::move(message)});
}

void PanelSink::store(const ColumnBatch& batch) {
  TableField& field = fields_[source_.field_of_column[batch.column]];
  const std::string& column = source_.column_names[batch.column];
  for (std::size_t row = 0; row < batch.cells.size(); ++row) {
    const Cell cell = batch.cells[row];
    if (cell != no_cell) field.values[cell] = field.admitted(batch.values[row], source_.path, batch.line[row], column);
  }
  for (const BadCell& bad : batch.bad) {
    field.refuse_text(bad.text, {.file = source_.path, .line = batch.line[bad.row], .column = column});
  }
}

}  // namespace backtest
