#include "data/key_columns.hpp"

#include <algorithm>

#include "data/column_lookup.hpp"

namespace backtest {

TableScan scan_of_dates(const Table& table) {
  const auto date = find_date_column(table.columns());
  if (!date) {
    throw InvalidInput(Diagnostic{
        .file = table.path(),
        .message = "there is no date column (date, Date or obs_date)" + columns_present(table.columns(), "date")});
  }
  return {.date = *date, .symbol = std::nullopt, .values = {}};
}

TableScan scan_of_keys(const Table& table, bool symbol_is_known) {
  TableScan scan = scan_of_dates(table);
  scan.symbol = find_symbol_column(table.columns());
  if (!scan.symbol && !symbol_is_known) {
    throw InvalidInput(Diagnostic{
        .file = table.path(),
        .message =
            "there is no symbol column (symbol or ticker); prices with one column per symbol need data.layout: wide" +
            columns_present(table.columns(), "symbol")});
  }
  return scan;
}

void check_names_are_single(const Table& table, const TableScan& scan) {
  const auto check = [&table](std::size_t column) {
    const std::string& name = table.columns()[column];
    if (std::ranges::count(table.columns(), name) == 1) return;
    throw InvalidInput(Diagnostic{.file = table.path(), .message = "two columns are named '" + name + "'"});
  };
  check(scan.date);
  if (scan.symbol) check(*scan.symbol);
  std::ranges::for_each(scan.values, check);
}

}  // namespace backtest
