#include "data/table.hpp"

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

void Table::name_columns(const std::vector<std::string>& index_columns, const std::vector<std::string>& symbols) {
  names_ = table_names(columns_, index_columns, symbols, format_);
  if (names_.has_bracketed_names) days_.allow_compact();
}

}  // namespace backtest
