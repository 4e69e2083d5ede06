// The price files of a request: one, or one per universe symbol where the path holds {symbol} (DATA-3).
#pragma once

#include <string>
#include <vector>

#include "data/load.hpp"

namespace backtest {

struct PricePath {
  std::string path;
  std::string symbol;  // of every row where the file has no symbol column; empty for a single file
};

std::vector<PricePath> price_paths(const LoadRequest& request);

// The file that holds a symbol, of the universe or not.
std::string price_path_of(const LoadRequest& request, const std::string& symbol);

}  // namespace backtest
