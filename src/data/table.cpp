#include "data/table.hpp"

#include "base/diagnostic.hpp"
#include "data/column_lookup.hpp"

namespace backtest {

std::optional<std::size_t> Table::column(std::string_view name) const {
  return find_column(names_.names, name);
}

std::optional<std::size_t> Table::date_column() const {
  if (const auto named = find_date_column(names_.names)) return named;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if ((names_.is_index[i] || may_be_index_name(columns_[i])) && holds_dates(i)) return i;
  }
  return std::nullopt;
}

void Table::require_fit(const TableScan& scan) const {
  std::vector<Diagnostic> unfit;
  const auto examine = [&](std::size_t column, ColumnUse use) {
    if (auto why = unfit_for(column, use)) {
      unfit.push_back({.file = path_, .column = columns_[column], .message = std::move(*why)});
    }
  };
  if (!scan.day) examine(scan.date, ColumnUse::dates);
  if (scan.symbol) examine(*scan.symbol, ColumnUse::symbols);
  for (const std::size_t column : scan.values) examine(column, ColumnUse::numbers);
  if (!unfit.empty()) throw InvalidInput(std::move(unfit));
}

void Table::name_columns(const std::vector<std::string>& index_columns, const std::vector<std::string>& symbols) {
  names_ = table_names(columns_, index_columns, symbols, format_);
  if (names_.has_bracketed_names) days_.allow_compact();
}

}  // namespace backtest
