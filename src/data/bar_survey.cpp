#include "data/bar_survey.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace backtest {

namespace {

const std::int32_t base_day = make_date(0, 1, 1).days;
const std::int32_t last_day = make_date(9999, 12, 31).days;

Date date_at(std::size_t index) {
  return Date{base_day + static_cast<std::int32_t>(index)};
}
std::size_t index_of(Date date) {
  return static_cast<std::size_t>(date.days - base_day);
}

void mark(std::uint8_t& flag) {
  std::atomic_ref(flag).store(1, std::memory_order_relaxed);
}

}  // namespace

BarSurvey::BarSurvey(std::size_t universe_size, bool all_symbols)
    : universe_size_(universe_size),
      all_symbols_(all_symbols),
      is_bar_(static_cast<std::size_t>(last_day - base_day) + 1) {}

void BarSurvey::begin(const std::string& path, SymbolId symbol) {
  path_ = path;
  symbol_of_file_ = symbol;
  symbol_of_column_.clear();
  counted_columns_.clear();
}

void BarSurvey::count(std::vector<CountedColumn> columns) {
  counted_columns_ = std::move(columns);
  // Columns come in two threads: each finds its entry there.
  for (const CountedColumn& column : counted_columns_) counted_.try_emplace(column.name);
}

const BarSurvey::Counted* BarSurvey::counted(const std::string& column) const {
  const auto found = counted_.find(column);
  return found == counted_.end() ? nullptr : &found->second;
}

void BarSurvey::begin_wide(const std::string& path, std::vector<SymbolId> symbol_of_column) {
  begin(path);
  symbol_of_column_ = std::move(symbol_of_column);
  for (const SymbolId symbol : symbol_of_column_) seen_.resize(std::max<std::size_t>(seen_.size(), symbol + 1));
}

void BarSurvey::place(const RowKeys& keys, std::span<Cell> cells) {
  for (std::size_t row = 0; row < keys.day.size(); ++row) {
    const std::int32_t day = keys.day[row];
    if (day < base_day || day > last_day) continue;
    if (!symbol_of_column_.empty()) {
      cells[row] = index_of(Date{day});
      continue;
    }
    const SymbolId symbol = keys.symbol.empty() ? symbol_of_file_ : keys.symbol[row];
    if (symbol == no_symbol) continue;
    if (symbol >= seen_.size()) seen_.resize(symbol + 1);
    seen_[symbol] = 1;
    if (!in_universe(symbol)) continue;
    is_bar_[index_of(Date{day})] = 1;
    if (!counted_columns_.empty()) cells[row] = index_of(Date{day});
  }
}

void BarSurvey::store(const ColumnBatch& batch) {
  if (symbol_of_column_.empty()) return count_values(batch);
  const SymbolId symbol = symbol_of_column_[batch.column];
  const bool counts = in_universe(symbol);
  const auto see = [&](std::size_t row) {
    mark(seen_[symbol]);
    if (counts) mark(is_bar_[batch.cells[row]]);
  };
  for (std::size_t row = 0; row < batch.cells.size(); ++row) {
    if (batch.cells[row] != no_cell && !std::isnan(batch.values[row])) see(row);
  }
  for (const BadCell& bad : batch.bad) see(bad.row);
}

void BarSurvey::count_values(const ColumnBatch& batch) {
  const CountedColumn& column = counted_columns_[batch.column];
  Counted& counted = counted_.find(column.name)->second;
  for (std::size_t row = 0; row < batch.cells.size(); ++row) {
    const double value = batch.values[row];
    if (batch.cells[row] == no_cell || std::isnan(value) || value == 0.0 || value == column.none) continue;
    if (counted.values++ == 0) counted = {.file = path_, .first_line = batch.line[row], .values = 1};
  }
  // Text such as 2:1 says something too.
  for (const BadCell& bad : batch.bad) {
    if (counted.values++ == 0) counted = {.file = path_, .first_line = batch.line[bad.row], .values = 1};
  }
}

void BarSurvey::refuse(std::uint64_t line, const std::string& column, std::string message) {
  problems.add({.file = path_, .line = line, .column = column, .message = std::move(message)});
}

Bars BarSurvey::bars(Date start, Date end, int warmup_bars) const {
  Bars bars;
  for (std::size_t day = index_of(start); day-- > 0 && bars.dates.size() < static_cast<std::size_t>(warmup_bars);) {
    if (is_bar_[day] != 0) bars.dates.push_back(date_at(day));
  }
  std::ranges::reverse(bars.dates);
  bars.first_bar = bars.dates.size();
  for (std::size_t day = index_of(start); day <= index_of(end); ++day) {
    if (is_bar_[day] != 0) bars.dates.push_back(date_at(day));
  }
  return bars;
}

std::optional<std::pair<Date, Date>> BarSurvey::extent() const {
  const auto first = std::ranges::find(is_bar_, 1);
  if (first == is_bar_.end()) return std::nullopt;
  const auto last = std::find(is_bar_.rbegin(), is_bar_.rend(), 1);
  return std::pair{date_at(static_cast<std::size_t>(first - is_bar_.begin())),
                   date_at(static_cast<std::size_t>(is_bar_.rend() - last) - 1)};
}

}  // namespace backtest
