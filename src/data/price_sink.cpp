#include "data/price_sink.hpp"

#include <fmt/format.h>

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

PriceSink::PriceSink(const PanelShape& shape, std::span<PriceField> fields, std::span<std::uint8_t> has_row,
                     bool last_duplicate_wins)
    : shape_(shape),
      fields_(fields),
      has_row_(has_row),
      last_duplicate_wins_(last_duplicate_wins),
      bar_of_day_(bars_by_day(shape.dates)) {}

void PriceSink::begin(Source source) {
  source_ = std::move(source);
}

std::uint32_t PriceSink::bar_of(std::int32_t day) const {
  if (day < shape_.dates.front().days || day > shape_.dates.back().days) return not_read;
  return bar_of_day_[static_cast<std::size_t>(day - shape_.dates.front().days)];
}

void PriceSink::place(const RowKeys& keys, std::span<Cell> cells) {
  for (std::size_t row = 0; row < cells.size(); ++row) {
    const std::uint32_t bar = bar_of(keys.day[row]);
    if (bar == not_read) continue;
    const SymbolId symbol = keys.symbol.empty() ? source_.symbol : keys.symbol[row];
    const std::uint32_t place = shape_.place(symbol);
    if (place == not_read) continue;
    const Cell cell = shape_.cell(bar, place);
    if (has_row_[cell] != 0 && !last_duplicate_wins_) {
      duplicates.add({.file = source_.path,
                      .line = keys.line[row],
                      .message = fmt::format("a second row of {} on {}; data.on_duplicate: last would keep this one",
                                             source_.symbols->text(symbol), to_text(shape_.dates[bar]))});
      continue;
    }
    has_row_[cell] = 1;
    cells[row] = cell;
  }
}

void PriceSink::store(const ColumnBatch& batch) {
  PriceField& field = fields_[source_.field_of_column[batch.column]];
  const std::string& column = source_.column_names[batch.column];
  for (std::size_t row = 0; row < batch.cells.size(); ++row) {
    const Cell cell = batch.cells[row];
    if (cell != no_cell) field.values[cell] = field.admitted(batch.values[row], source_.path, batch.line[row], column);
  }
  for (const BadCell& bad : batch.bad) {
    field.problems.add(
        {.file = source_.path, .line = batch.line[bad.row], .column = column, .message = not_a_number(bad.text)});
  }
}

}  // namespace backtest
