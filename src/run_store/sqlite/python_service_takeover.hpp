// Takes over the table `runs` (STO-1) of the Python service. Its rows stay readable; what was queued is queued again,
// and what was running too, because the old service cannot run beside this one on the same file.
#pragma once

#include "run_store/run_record.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest {

bool has_python_service_runs(SqliteConnection& connection);
// Frees the name `runs` and those of its indexes.
void put_python_service_runs_aside(SqliteConnection& connection);
// Copies the rows into the new tables. The old table stays as runs_of_python_service, for going back.
void take_over_python_service_runs(SqliteConnection& connection, StoreTime now);

}  // namespace backtest
