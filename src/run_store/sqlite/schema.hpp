// The schema of the embedded store: migrations/sqlite/*.sql, embedded in the binary and applied when a file is opened.
// The file's user_version is the number of the last one.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "run_store/run_record.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest {

struct SqliteMigration {
  std::string_view version;  // the file's name without .sql
  std::string_view sql;
};
std::span<const SqliteMigration> sqlite_migrations();  // in order; the nth makes version n

// An empty file gets all of them. One of an earlier version is copied to `<file>.version-N` and brought up to date; one
// of the Python service (table `runs` of STO-1) is taken over with its rows, its own table kept beside as
// runs_of_python_service. Each in one transaction: whatever ends it early leaves the file as it was. Several processes
// may open at once. Throws StoreUnavailable with the reason: a file of a newer version, of another program, a damaged
// one.
void open_schema(SqliteConnection& connection, const std::filesystem::path& file, StoreTime now);

}  // namespace backtest
