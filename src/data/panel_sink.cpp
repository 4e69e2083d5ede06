#include "data/panel_sink.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/model/row_kind.hpp"

namespace backtest {

void tell_rows_without_prices(const PanelShape& shape, std::span<const TableField> fields,
                              std::span<std::uint8_t> has_row) {
  for (Cell cell = 0; cell < shape.cell_count(); ++cell) {
    if (has_row[cell] == 0) continue;
    const bool has_price = std::ranges::any_of(fields, [cell](const TableField& field) {
      return field.kind() == FieldKind::price && !std::isnan(field.values[cell]);
    });
    has_row[cell] = has_price ? row_with_price : row_without_price;
  }
}

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

std::uint32_t PanelSink::off_calendar_bar(Date date, std::uint64_t line) {
  if (date.days == no_day) return not_read;
  RowCalendar::Place placed = calendar_->place(date, line);
  if (placed.refusal) refuse(line, "", std::move(*placed.refusal));
  return placed.bar;
}

// Whether a row nearer to the bar has its cell already.
bool PanelSink::is_further(Date date, std::uint32_t bar, Cell cell) {
  if (distance_days_.empty()) distance_days_.assign(shape_.cell_count(), std::numeric_limits<std::int32_t>::max());
  const std::int32_t distance = calendar_->distance_days(date, bar);
  if (has_row_[cell] != 0 && distance_days_[cell] < distance) return true;
  const bool is_nearer = distance < distance_days_[cell];
  distance_days_[cell] = distance;
  if (is_nearer) has_row_[cell] = 0;
  return false;
}

bool PanelSink::is_repeated(const RowKeys& keys, std::size_t row, std::uint32_t bar, SymbolId symbol, Cell cell) {
  const std::int32_t second = keys.second.empty() ? 0 : keys.second[row];
  if (second_.empty() && second != 0) second_.assign(shape_.cell_count(), 0);
  const std::int32_t earlier = second_.empty() ? 0 : std::exchange(second_[cell], second);
  if (has_row_[cell] == 0) return false;
  if (earlier == second && source_.has_time_column) {
    refuse(keys.line[row], "", second_bar_of_day(source_.symbols->text(symbol), shape_.dates[bar]));
    return true;
  }
  if (earlier == second && last_duplicate_wins_) return false;
  const DailyRows rows = calendar_ != nullptr ? DailyRows::signals : DailyRows::bars;
  refuse(keys.line[row], "", repeated_row(rows, source_.symbols->text(symbol), shape_.dates[bar], earlier, second));
  return true;
}

void PanelSink::place(const RowKeys& keys, std::span<Cell> cells) {
  row_count_ += cells.size();
  const bool moves =
      calendar_ != nullptr && (calendar_->rule() == OffCalendar::next || calendar_->rule() == OffCalendar::previous);
  for (std::size_t row = 0; row < cells.size(); ++row) {
    std::uint32_t bar = bar_of_day_.bar(keys.day[row]);
    if (bar == not_read && calendar_ == nullptr) continue;
    const SymbolId symbol = keys.symbol.empty() ? source_.symbol : keys.symbol[row];
    const std::uint32_t place = shape_.place(symbol);
    if (place == not_read) continue;
    if (bar == not_read) bar = off_calendar_bar(Date{keys.day[row]}, keys.line[row]);
    if (bar == not_read || bar < shape_.first_bar) continue;
    const Cell cell = shape_.cell(bar, place);
    if (moves && is_further(Date{keys.day[row]}, bar, cell)) continue;
    if ((has_row_[cell] != 0 || !keys.second.empty()) && is_repeated(keys, row, bar, symbol, cell)) continue;
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
