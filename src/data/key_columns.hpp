// The columns that say which row is whose: date and symbol, under the names that are known for them (DATA-8).
#pragma once

#include "data/table.hpp"

namespace backtest {

// A scan of the keys alone. Throws InvalidInput where the table has no such columns.
TableScan scan_of_keys(const Table& table, bool symbol_is_known = false);
TableScan scan_of_dates(const Table& table);

// Throws InvalidInput where a column that is read has a namesake: which of the two is meant?
void check_names_are_single(const Table& table, const TableScan& scan);

}  // namespace backtest
