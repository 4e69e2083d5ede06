// The identity of a SQLite run store: random, in a table of its own that earlier builds pass by.
#pragma once

#include <filesystem>
#include <string>

namespace backtest {

// Of a file that open() made; written by the first call, also into files of earlier builds. Throws StoreUnavailable.
std::string sqlite_store_identity(const std::filesystem::path& file);

}  // namespace backtest
