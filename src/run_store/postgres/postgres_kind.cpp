#include "run_store/postgres/postgres_kind.hpp"

#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postgres/connection_string.hpp"
#include "run_store/postgres/migrate.hpp"
#include "run_store/postgres/postgres_run_store.hpp"
#include "run_store/postgres/queue_listener.hpp"
#include "run_store/postgres/queue_notifier.hpp"
#include "run_store/postgres/replica_guard.hpp"
#include "run_store/postgres/telemetry.hpp"

namespace backtest {

namespace {

// Guard, notifier and listener hold a connection each, beside the pool's.
struct Sessions {
  Sessions(const ConnectionString& direct, bool output_is_shared, std::function<void()> wake)
      : guard(direct, output_is_shared), notifier(direct), listener(direct, std::move(wake)) {}

  ReplicaGuard guard;
  QueueNotifier notifier;
  QueueListener listener;
};

ReplicaParts join_replicas(const Settings& settings, PostgresRunStore& store, std::function<void()> wake) {
  const Secret& direct = settings.postgres_direct_dsn.empty() ? settings.postgres_dsn : settings.postgres_direct_dsn;
  auto held = std::make_shared<Sessions>(ConnectionString(direct), settings.output_shared, std::move(wake));
  return {.announce = [held] { held->notifier.announce(); },
          .metrics = [&store](std::string& text) { append_postgres_metrics(store, text); },
          .store_metrics =
              [database = std::make_shared<DatabaseMetrics>(store)](std::string& text) { database->append(text); },
          .held = held};
}

ConfiguredRunStore make(const Settings& settings) {
  auto store = std::make_unique<PostgresRunStore>(settings.postgres_dsn);
  auto join = [&settings, &runs = *store](std::function<void()> wake) {
    return join_replicas(settings, runs, std::move(wake));
  };
  auto identity = [&runs = *store] { return runs.identity(); };
  return {.runs = std::move(store), .join_replicas = std::move(join), .identity = std::move(identity)};
}

int migrate(const Settings& settings, const MigrateOptions& options) {
  const Secret& dsn = settings.migrate_dsn.empty() ? settings.postgres_dsn : settings.migrate_dsn;
  std::vector<std::string> arguments{options.action};
  if (options.old_stopped) arguments.emplace_back("--old-stopped");
  if (options.fail_live) arguments.emplace_back("--fail-live");
  return migrate_command(dsn, arguments, std::cout, std::cerr);
}

void check(const Settings& settings, Role role, bool is_chosen, SettingReader& reader) {
  for (const auto& [name, dsn] :
       {std::pair<std::string_view, const Secret&>("BACKTEST_POSTGRES_DSN", settings.postgres_dsn),
        {"BACKTEST_POSTGRES_DIRECT_DSN", settings.postgres_direct_dsn},
        {"BACKTEST_MIGRATE_DSN", settings.migrate_dsn}}) {
    if (dsn.empty() || dsn_is_valid(dsn.reveal())) continue;
    reader.error(name, "is not a connection string that libpq can parse (key=value pairs or a postgresql:// URI)");
  }
  if (is_chosen && role != Role::maintenance && settings.postgres_dsn.empty()) {
    reader.error("BACKTEST_POSTGRES_DSN", "is required when BACKTEST_RUN_STORE_MODE is postgres");
  }
}

}  // namespace

RunStoreKind postgres_run_store_kind() {
  return {.choice = {.name = "postgres", .other_names = {"pg"}, .check = check}, .make = make, .migrate = migrate};
}

}  // namespace backtest
