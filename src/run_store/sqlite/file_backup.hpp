// A run store's file into another file and back, while it is in use.
#pragma once

#include <filesystem>

namespace backtest {

// By SQLite's online backup, in one snapshot; the copy is checked. Throws StoreUnavailable.
void back_up_sqlite_file(const std::filesystem::path& file, const std::filesystem::path& copy);

// Puts `copy` at a place where nothing is yet: throws InvalidInput naming BACKTEST_DB_PATH where something is.
void restore_sqlite_file(const std::filesystem::path& copy, const std::filesystem::path& file);

}  // namespace backtest
