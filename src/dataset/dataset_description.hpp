// What a data set holds, as far as its rows tell: made once, when it is put (worker/describe_dataset.hpp), and kept in
// its entry. It is a JSON object with these members; docs/http.md shows one.
//
//   rows, columns (name, kind, numbers, missing, texts, least, greatest), date_column, symbol_column,
//   first_date, last_date, dates, symbols, symbol_names (at most 100), holes (count, symbols, worst),
//   refused (the rows whose keys cannot be read), as_prices (accepted, errors, warnings), preview (columns, rows)
#pragma once

#include <string>

#include "base/json.hpp"

namespace backtest {

// How bytes are read: the suffix of a table's name.
enum class DatasetFormat { csv, csv_gzip, parquet };
std::string suffix_of(DatasetFormat format);
// By the first bytes of the content; CSV where they are of no other kind.
DatasetFormat format_of(std::string_view first_bytes);

}  // namespace backtest
