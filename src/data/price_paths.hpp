// The price files of a request: those of its path, or of one path per universe symbol where it holds {symbol} (DATA-3).
#pragma once

#include <string>
#include <vector>

#include "data/load.hpp"
#include "data/table_parts.hpp"

namespace backtest {

// A part's symbol is that of every row where the file has no symbol column; empty where nothing says it.
std::vector<TablePart> price_paths(const LoadRequest& request);

// Those that hold the rows of one symbol, of the universe or not.
std::vector<TablePart> price_paths_of(const LoadRequest& request, const std::string& symbol);

}  // namespace backtest
