// The parts of the tables that a request names. Prices are one table, or one for each universe symbol where their path
// holds {symbol} (DATA-3).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/load.hpp"
#include "data/table_parts.hpp"

namespace backtest {

// A part's symbol is that of every row where the table has no symbol column; empty where nothing says it.
std::vector<TablePart> price_parts(const LoadRequest& request);

// Those of the price table that hold the rows of one symbol, of the universe or not. `first` unset: from its first row.
std::vector<TablePart> reference_parts(const LoadRequest& request, const std::string& symbol,
                                       std::optional<Date> first);

// Of request.signal_path, which is set.
std::vector<TablePart> signal_parts(const LoadRequest& request);

// Of target weights, a benchmark or a risk-free series with a path of their own.
std::vector<TablePart> other_parts(const LoadRequest& request, const std::string& path);

}  // namespace backtest
