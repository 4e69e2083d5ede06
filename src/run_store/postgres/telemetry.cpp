#include "run_store/postgres/telemetry.hpp"

#include <fmt/format.h>

#include "base/telemetry_text.hpp"

namespace backtest {

namespace {

constexpr std::chrono::minutes audit_every{1};

void append_pool_telemetry(const PostgresPool& pool, std::string& text) {
  const PostgresPool::Usage usage = pool.usage();
  append_telemetry_header(text, "backtest_postgres_connections", "gauge", "Connections of this process's pool.");
  text += fmt::format("backtest_postgres_connections{{state=\"open\"}} {}\n", usage.open);
  text += fmt::format("backtest_postgres_connections{{state=\"busy\"}} {}\n", usage.busy);
  append_telemetry_header(text, "backtest_postgres_connections_limit", "gauge",
                          "The most that this process's pool may open.");
  text += fmt::format("backtest_postgres_connections_limit {}\n", usage.limit);
  append_telemetry_header(text, "backtest_postgres_pool_wait_seconds", "histogram",
                          "Time until a connection of the pool was free.");
  pool.waits().append_text(text, "backtest_postgres_pool_wait_seconds", "");
}

}  // namespace

void append_postgres_telemetry(const PostgresRunStore& store, std::string& text) {
  append_pool_telemetry(store.pool(), text);
  const StatementTimes& times = store.statement_times();
  append_telemetry_header(text, "backtest_postgres_statement_seconds", "histogram",
                          "Time of one statement of the run store, its commit included.");
  for (std::size_t i = 0; i < statement_names.size(); ++i) {
    times.of(static_cast<StatementName>(i))
        .append_text(text, "backtest_postgres_statement_seconds", fmt::format("statement=\"{}\"", statement_names[i]));
  }
  append_telemetry_header(text, "backtest_postgres_faults_total", "counter",
                          "Statements that failed, by what went wrong.");
  using enum PostgresError::Kind;
  static constexpr std::pair<PostgresError::Kind, std::string_view> kinds[] = {
      {statement, "refused"}, {not_connected, "not_connected"}, {lost, "lost"}, {pool_exhausted, "pool_exhausted"}};
  for (const auto& [kind, name] : kinds) {
    text += fmt::format("backtest_postgres_faults_total{{kind=\"{}\"}} {}\n", name, times.faults(kind));
  }
}

void DatabaseTelemetry::append(std::string& text) {
  try {
    const auto load = store_.database_load();
    append_telemetry_header(text, "backtest_database_connections", "gauge",
                            "Connections of the PostgreSQL server, of everybody.");
    text += fmt::format("backtest_database_connections {}\n", load.connections);
    append_telemetry_header(text, "backtest_database_connections_limit", "gauge",
                            "max_connections of the PostgreSQL server.");
    text += fmt::format("backtest_database_connections_limit {}\n", load.connections_limit);
    if (load.oldest_transaction_s) {
      append_telemetry_header(text, "backtest_oldest_transaction_seconds", "gauge",
                              "Age of the oldest open transaction.");
      text += fmt::format("backtest_oldest_transaction_seconds {}\n", *load.oldest_transaction_s);
    }
    const auto now = std::chrono::steady_clock::now();
    if (!inconsistencies_ || now - counted_at_ > audit_every) {
      inconsistencies_.reset();
      inconsistencies_ = store_.audit().size();
      counted_at_ = now;
    }
    append_telemetry_header(text, "backtest_run_inconsistencies", "gauge",
                            "Queued runs without queue row, running ones without lease.");
    text += fmt::format("backtest_run_inconsistencies {}\n", *inconsistencies_);
  } catch (const StoreUnavailable&) {
    // That the store is unavailable is told by its readiness. No sample is better than an old one.
  }
}

}  // namespace backtest
