// Wiring only: the adapters behind the interfaces, and the command line.

#include <signal.h>

#include <cstdio>
#include <exception>
#include <iostream>

#include "artifact_store/local/local_artifact_store.hpp"
#include "base/broken_invariant.hpp"
#include "base/diagnostic.hpp"
#include "edge/cli/command_line.hpp"
#include "postgres/connection_string.hpp"
#include "run_store/postgres/migrate.hpp"
#include "run_store/postgres/postgres_run_store.hpp"
#include "run_store/postgres/queue_listener.hpp"
#include "run_store/postgres/queue_notifier.hpp"
#include "run_store/postgres/replica_guard.hpp"
#include "run_store/postgres/telemetry.hpp"
#include "run_store/sqlite/sqlite_run_store.hpp"

namespace {

using namespace backtest;

std::unique_ptr<RunStore> run_store(const Settings& settings) {
  switch (settings.run_store_mode) {
    case RunStoreMode::sqlite:
      return make_sqlite_run_store(settings.db_path, {.output_directory = settings.output_dir});
    case RunStoreMode::postgres:
      return std::make_unique<PostgresRunStore>(settings.postgres_dsn);
    case RunStoreMode::adls:
      break;
  }
  throw InvalidInput(Diagnostic{.path = "BACKTEST_RUN_STORE_MODE",
                                .message = "this build has no adls run store; use sqlite or postgres"});
}

struct PostgresParts {
  PostgresParts(const ConnectionString& direct, bool output_is_shared, std::function<void()> wake)
      : guard(direct, output_is_shared), notifier(direct), listener(direct, std::move(wake)) {}

  ReplicaGuard guard;
  QueueNotifier notifier;
  QueueListener listener;
};

ReplicaParts join_replicas(const Settings& settings, RunStore& runs, std::function<void()> wake) {
  if (settings.run_store_mode != RunStoreMode::postgres) return {};
  const ConnectionString direct(settings.postgres_direct_dsn.empty() ? settings.postgres_dsn
                                                                     : settings.postgres_direct_dsn);
  // Guard, notifier and listener hold a connection each, beside the pool's.
  auto held = std::make_shared<PostgresParts>(direct, settings.output_shared, std::move(wake));
  auto& store = dynamic_cast<PostgresRunStore&>(runs);
  return {.announce = [held] { held->notifier.announce(); },
          .metrics = [&store](std::string& text) { append_postgres_metrics(store, text); },
          .store_metrics =
              [database = std::make_shared<DatabaseMetrics>(store)](std::string& text) { database->append(text); },
          .held = held};
}

int migrate(const Settings& settings, const MigrateOptions& options) {
  const Secret& dsn = settings.migrate_dsn.empty() ? settings.postgres_dsn : settings.migrate_dsn;
  std::vector<std::string> arguments{options.action};
  if (options.old_stopped) arguments.emplace_back("--old-stopped");
  if (options.fail_live) arguments.emplace_back("--fail-live");
  return migrate_command(dsn, arguments, std::cout, std::cerr);
}

Adapters adapters() {
  Adapters made;
  made.settings_hooks.dsn_valid = dsn_is_valid;
  made.run_store = run_store;
  made.artifact_store = [](const Settings& settings) { return make_local_artifact_store(settings.output_dir); };
  made.join_replicas = join_replicas;
  made.migrate = migrate;
  return made;
}

}  // namespace

int main(int argc, char** argv) {
  backtest::abort_on_broken_invariants();
  signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(), not the end of the process
  try {
    return backtest::command_line(argc, argv, adapters());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "backtest: %s\n", error.what());
    return 1;
  }
}
