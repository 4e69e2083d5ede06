// The tables of the embedded store, created or taken over by one transaction.
#pragma once

#include "run_store/run_record.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest {

inline constexpr int schema_version = 1;

// An empty file gets the tables; a database of the Python service (table `runs` of STO-1) is taken over with its rows;
// one of a newer version, or of something else, throws StoreUnavailable. Several processes may open at once.
void open_schema(SqliteConnection& connection, StoreTime now);

}  // namespace backtest
