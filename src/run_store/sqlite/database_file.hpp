// Where the database file may lie: SQLite's locks and shared memory work on one host only, so a file on a network file
// system would let two hosts write at once.
#pragma once

#include <filesystem>
#include <string_view>

namespace backtest {

// The name of a network (or user-space, and so unknown) file system by statfs's f_type; empty for any other.
std::string_view network_file_system(long file_system_type);

// Creates missing directories. Throws StoreUnavailable with the reason where the file must not or cannot be there.
void prepare_database_location(const std::filesystem::path& file);

}  // namespace backtest
