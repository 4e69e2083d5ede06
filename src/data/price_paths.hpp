// The price files of a request: those of its path, or of one path per universe symbol where it holds {symbol} (DATA-3).
#pragma once

#include <vector>

#include "data/load.hpp"
#include "data/table_parts.hpp"

namespace backtest {

// A part's symbol is that of every row where the file has no symbol column; empty where nothing says it.
std::vector<TablePart> price_paths(const LoadRequest& request);

}  // namespace backtest
