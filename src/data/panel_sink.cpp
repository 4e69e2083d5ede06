#include "data/panel_sink.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace backtest {

namespace {

std::vector<std::uint32_t> bars_by_day(const std::vector<Date>& dates) {
  std::vector<std::uint32_t> bars(static_cast<std::size_t>(dates.back().days - dates.front().days) + 1, not_read);
  for (std::size_t bar = 0; bar < dates.size(); ++bar) {
    bars[static_cast<std::size_t>(dates[bar].days - dates.front().days)] = static_cast<std::uint32_t>(bar);
  }
  return bars;
}

}  // namespace

std::shared_ptr<PanelStorage> allocate_fields(const PanelShape& shape, std::span<TableField> fields,
                                              std::span<std::uint8_t>& has_row) {
  const std::size_t cells = shape.cell_count();
  auto storage = std::make_shared<PanelStorage>(fields.size() * PanelStorage::bytes_for_doubles(cells) +
                                                PanelStorage::bytes_for_bytes(cells));
  for (TableField& field : fields) {
    field.values = storage->doubles(cells);
    std::ranges::fill(field.values, missing);
  }
  has_row = storage->bytes(cells);
  return storage;
}

PanelSink::PanelSink(const PanelShape& shape, std::span<TableField> fields, std::span<std::uint8_t> has_row,
                     bool last_duplicate_wins)
    : shape_(shape),
      fields_(fields),
      has_row_(has_row),
      last_duplicate_wins_(last_duplicate_wins),
      bar_of_day_(bars_by_day(shape.dates)) {}

void PanelSink::begin(Source source) {
  source_ = std::move(source);
}

std::uint32_t PanelSink::bar_of(std::int32_t day) const {
  if (day < shape_.dates.front().days || day > shape_.dates.back().days) return not_read;
  return bar_of_day_[static_cast<std::size_t>(day - shape_.dates.front().days)];
}

void PanelSink::place(const RowKeys& keys, std::span<Cell> cells) {
  row_count_ += cells.size();
  for (std::size_t row = 0; row < cells.size(); ++row) {
    const std::uint32_t bar = bar_of(keys.day[row]);
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
