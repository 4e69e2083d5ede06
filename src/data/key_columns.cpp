#include "data/key_columns.hpp"

#include <algorithm>
#include <string>

#include "base/diagnostic.hpp"
#include "data/column_lookup.hpp"
#include "data/joined_names.hpp"

namespace backtest {

namespace {

std::string remedy_for_symbols(const Table& table, WithoutSymbols without_symbols) {
  if (without_symbols == WithoutSymbols::refused_as_weights) {
    return "; a weights table has the columns date, symbol and weight, or date and one column per symbol, and a symbol "
           "column of another name needs data.columns: {symbol: ...} (docs/data.md)";
  }
  if (without_symbols == WithoutSymbols::refused_as_prices && table.column("close")) {
    return "; prices of one symbol a file have it in the file's name (data.price_path: {symbol}.csv), and a symbol "
           "column of another name needs data.columns: {symbol: ...} (docs/data.md)";
  }
  return without_symbols == WithoutSymbols::refused_as_signals
             ? "; a table with one column per symbol needs data.signal_name, and a symbol column of another name "
               "data.columns: {symbol: ...} (docs/data.md)"
             : "; prices with one column per symbol need data.layout: wide, and a symbol column of another name "
               "data.columns: {symbol: ...} (docs/data.md)";
}

}  // namespace

TableScan scan_of_dates(const Table& table, const TablePart& part) {
  TableScan scan;
  const auto date = table.date_column();
  if (date) {
    scan.date = *date;
  } else if (part.day) {
    scan.day = part.day;
  } else {
    throw InvalidInput(Diagnostic{.file = table.path(),
                                  .message = "there is no date column (date, obs_date, observation_date or timestamp)" +
                                             columns_present(table.columns(), "date") +
                                             "; data.columns: {date: ...} names another (docs/data.md)"});
  }
  return scan;
}

TableScan scan_of_keys(const Table& table, const TablePart& part, WithoutSymbols without_symbols) {
  TableScan scan = scan_of_dates(table, part);
  scan.symbol = find_symbol_column(table.names());
  if (!scan.symbol && without_symbols != WithoutSymbols::allowed && part.symbol.empty()) {
    const bool may_be_joined = without_symbols == WithoutSymbols::refused_as_prices && !table.column("close");
    const std::vector<std::string> joined = may_be_joined ? joined_names(table.columns()) : std::vector<std::string>{};
    if (!joined.empty()) {
      throw InvalidInput(Diagnostic{.file = table.path(), .message = joined_names_problem(joined)});
    }
    throw InvalidInput(Diagnostic{.file = table.path(),
                                  .message = "there is no symbol column (symbol or ticker)" +
                                             columns_present(table.columns(), "symbol") +
                                             remedy_for_symbols(table, without_symbols)});
  }
  return scan;
}

void check_names_are_single(const Table& table, const TableScan& scan) {
  const auto check = [&table](std::size_t column) {
    const std::string& name = table.columns()[column];
    if (table.header().symbols[column].empty() && std::ranges::count(table.columns(), name) > 1) {
      throw InvalidInput(Diagnostic{.file = table.path(), .message = "two columns are named '" + name + "'"});
    }
  };
  if (!scan.day) check(scan.date);
  if (scan.symbol) check(*scan.symbol);
  std::ranges::for_each(scan.values, check);
}

}  // namespace backtest
