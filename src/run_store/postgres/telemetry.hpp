// What an operator watches of the PostgreSQL run store, in Prometheus' text format.
#pragma once

#include <string>

#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {

// Connections of this process, and runs whose queue row or lease is missing (must be 0). Leaves out what the database
// does not answer.
void append_postgres_metrics(PostgresRunStore& store, std::string& text);

}  // namespace backtest
