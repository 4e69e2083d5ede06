// What an operator watches of the PostgreSQL run store, in Prometheus' text format.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "run_store/postgres/postgres_run_store.hpp"

namespace backtest {

// Of this process: its pool, how long its statements and its waits for a connection took, and faults. Asks nobody.
void append_postgres_telemetry(const PostgresRunStore& store, std::string& text);

// Of the database: connections, the oldest open transaction, and runs whose queue row or lease is missing (must be 0;
// counted once a minute, for that reads every run). Leaves out what the database does not answer or does not show to
// this role. For one thread at a time.
class DatabaseTelemetry {
 public:
  explicit DatabaseTelemetry(PostgresRunStore& store) : store_(store) {}
  void append(std::string& text);

 private:
  PostgresRunStore& store_;
  std::optional<std::size_t> inconsistencies_;
  std::chrono::steady_clock::time_point counted_at_{};
};

}  // namespace backtest
