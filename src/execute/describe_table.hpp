// What a table holds, as far as its rows tell, and what a run that reads it as prices would say of it: the description
// of a data set.
#pragma once

#include <string>

#include "base/json.hpp"
#include "data/data_source.hpp"

namespace backtest {

// `path` is opened from `sources`, and its suffix says how it is read. The members of the object:
//
//   rows, dates, first_date, last_date, date_column, symbol_column
//   columns        name and kind (date, symbol, number, text or mixed); of numbers: numbers, missing, least, greatest;
//                  texts, where some cells are no numbers. At most 500; columns_total is their number
//   symbols, symbol_names   their number, and the first 100 by name
//   holes          days on which the table has rows and a symbol, between its first and last row, has none: days,
//                  symbols, and the worst of them
//   refused        rows that no run can read, with line, column and message: the first 100
//   as_prices      accepted, layout, errors, warnings: what loading all of it as prices says
//   preview        columns, and the first 20 rows
//
// Throws InvalidInput where it is no table at all, std::bad_alloc where it needs more memory than there is.
json::object describe_table(const std::shared_ptr<const DataSources>& sources, const std::string& path);

}  // namespace backtest
