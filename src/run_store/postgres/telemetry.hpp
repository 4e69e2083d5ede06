// What an operator watches of the PostgreSQL run store, in Prometheus' text format.
#pragma once

#include <string>

#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {

// Of this process: its pool, how long its statements and its waits for a connection took, and faults. Asks nobody.
void append_postgres_metrics(const PostgresRunStore& store, std::string& text);

// Of the database: connections, the oldest open transaction, and runs whose queue row or lease is missing (must be 0).
// Leaves out what the database does not answer or does not show to this role.
void append_database_metrics(PostgresRunStore& store, std::string& text);

}  // namespace backtest
