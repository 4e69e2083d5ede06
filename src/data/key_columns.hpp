// The columns that say which row is whose: date and symbol, under the names that are known for them (DATA-8).
#pragma once

#include <string_view>

#include "data/table.hpp"
#include "data/table_parts.hpp"

namespace backtest {

// Where a table comes without a symbol column: what the reader of this table says about it.
enum class WithoutSymbols {
  refused_as_prices,
  refused_as_signals,
  refused_as_weights,
  allowed,  // the symbol is known, or each column is one
};

// A scan of the keys alone; a day that `part` knows stands for a missing date column. Throws InvalidInput where the
// table has no such columns.
TableScan scan_of_keys(const Table& table, const TablePart& part, WithoutSymbols without_symbols);
TableScan scan_of_dates(const Table& table, const TablePart& part);

// Throws InvalidInput where a column that is read has a namesake: which of the two is meant?
void check_names_are_single(const Table& table, const TableScan& scan);

}  // namespace backtest
