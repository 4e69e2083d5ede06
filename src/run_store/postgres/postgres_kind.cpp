#include "run_store/postgres/postgres_kind.hpp"

#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postgres/connection_string.hpp"
#include "run_store/postgres/database_dump.hpp"
#include "run_store/postgres/migrate.hpp"
#include "run_store/postgres/postgres_run_store.hpp"
#include "run_store/postgres/queue_listener.hpp"
#include "run_store/postgres/queue_notifier.hpp"
#include "run_store/postgres/replica_guard.hpp"
#include "run_store/postgres/telemetry.hpp"

namespace backtest {

namespace {

constexpr const char* dump_name = "database.dump";  // in a backup

// The parts that need a session of their own: each holds a connection beside those of the pool.
struct Sessions {
  Sessions(const DsnSource& direct, bool output_is_shared, std::function<void()> wake)
      : guard(direct, output_is_shared), notifier(direct), listener(direct, std::move(wake)) {}

  ReplicaGuard guard;
  QueueNotifier notifier;
  QueueListener listener;
};

ReplicaParts join_replicas(const Settings& settings, const DsnSource& direct, PostgresRunStore& store,
                           std::function<void()> wake) {
  // Replicas must see each other's artifacts.
  const bool is_shared = settings.output_shared || settings.artifacts_in_object_storage;
  auto held = std::make_shared<Sessions>(direct, is_shared, std::move(wake));
  return {.announce = [held] { held->notifier.announce(); },
          .telemetry = [&store](std::string& text) { append_postgres_telemetry(store, text); },
          .store_telemetry =
              [database = std::make_shared<DatabaseTelemetry>(store)](std::string& text) { database->append(text); },
          .fault = [held] { return held->guard.fault(); },
          .held = held};
}

ConnectionString direct_dsn(const Settings& settings) {
  return ConnectionString(settings.postgres_direct_dsn.empty() ? settings.postgres_dsn : settings.postgres_direct_dsn);
}

ConfiguredRunStore make(const Settings& settings) {
  const DsnSource pooled(ConnectionString(settings.postgres_dsn)), direct(direct_dsn(settings));
  auto store = std::make_unique<PostgresRunStore>(pooled);
  auto join = [&settings, direct, &runs = *store](std::function<void()> wake) {
    try {
      return join_replicas(settings, direct, runs, std::move(wake));
    } catch (const PostgresError& error) {
      throw StoreUnavailable(error.what());
    }
  };
  auto use_secrets = [pooled, direct](const Settings& fresh) {
    pooled.replace(ConnectionString(fresh.postgres_dsn));
    direct.replace(direct_dsn(fresh));
  };
  auto identity = [&runs = *store] { return runs.identity(); };
  return {.runs = std::move(store),
          .join_replicas = std::move(join),
          .identity = std::move(identity),
          .use_secrets = std::move(use_secrets)};
}

// Of the role that may read and create everything in the database: it migrates, backs up and restores.
const Secret& migrator(const Settings& settings) {
  return settings.migrate_dsn.empty() ? settings.postgres_dsn : settings.migrate_dsn;
}

int migrate(const Settings& settings, const MigrateOptions& options) {
  const Secret& dsn = migrator(settings);
  std::vector<std::string> arguments{options.action};
  if (options.old_stopped) arguments.emplace_back("--old-stopped");
  if (options.fail_live) arguments.emplace_back("--fail-live");
  return migrate_command(dsn, arguments, std::cout, std::cerr);
}

void back_up(const Settings& settings, const std::filesystem::path& directory) {
  dump_database(migrator(settings), directory / dump_name);
}

void restore(const Settings& settings, const std::filesystem::path& directory) {
  restore_database(migrator(settings), directory / dump_name);
  if (migrate_command(migrator(settings), {"up"}, std::cout, std::cerr) != 0) {
    throw std::runtime_error("the database was put back, but its roles and grants were not; see above");
  }
}

// Every DSN there is, also the one of market data: the settings themselves know no libpq.
void check(const Settings& settings, Role role, bool is_chosen, SettingReader& reader) {
  using Dsn = std::pair<std::string_view, const Secret&>;
  for (const auto& [name, dsn] : {Dsn("BACKTEST_POSTGRES_DSN", settings.postgres_dsn),
                                  Dsn("BACKTEST_POSTGRES_DIRECT_DSN", settings.postgres_direct_dsn),
                                  Dsn("BACKTEST_MIGRATE_DSN", settings.migrate_dsn),
                                  Dsn("BACKTEST_DATA_POSTGRES_DSN", settings.data.postgres_dsn)}) {
    if (dsn.empty()) continue;
    if (std::string flaw = dsn_flaw(dsn.reveal()); !flaw.empty()) reader.error(name, std::move(flaw));
  }
  if (is_chosen && role != Role::maintenance && settings.postgres_dsn.empty()) {
    reader.error("BACKTEST_POSTGRES_DSN", "is required when BACKTEST_RUN_STORE_MODE is postgres");
  }
}

}  // namespace

RunStoreKind postgres_run_store_kind() {
  return {.choice = {.name = "postgres", .other_names = {"pg"}, .check = check},
          .make = make,
          .migrate = migrate,
          .back_up = back_up,
          .restore = restore};
}

}  // namespace backtest
