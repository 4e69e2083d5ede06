#include "run_store/postgres/telemetry.hpp"

#include <fmt/format.h>

namespace backtest {

void append_postgres_metrics(PostgresRunStore& store, std::string& text) {
  const PostgresPool::Usage usage = store.connections();
  text += "# HELP backtest_postgres_connections Connections of this process's pool.\n";
  text += "# TYPE backtest_postgres_connections gauge\n";
  text += fmt::format("backtest_postgres_connections{{state=\"open\"}} {}\n", usage.open);
  text += fmt::format("backtest_postgres_connections{{state=\"busy\"}} {}\n", usage.busy);
  try {
    const auto problems = store.audit();
    text += "# HELP backtest_run_inconsistencies Queued runs without queue row, running ones without lease.\n";
    text += "# TYPE backtest_run_inconsistencies gauge\n";
    text += fmt::format("backtest_run_inconsistencies {}\n", problems.size());
  } catch (const StoreUnavailable&) {
    // The store's own readiness says so; a missing sample is the honest one.
  }
}

}  // namespace backtest
