// `backtest serve`, `worker`, `check`, `gc` and `migrate`: settings from the environment, errors to standard error, an
// exit status. What they do is in service/.
#pragma once

#include <string>

#include "service/stores.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {

struct ServeOptions {
  Role role = Role::serve;
  bool print_config = false;  // show the effective settings, secrets masked, and end
};

int serve_command(const ServeOptions& options, const StoreKinds& kinds);
int check_command(const StoreKinds& kinds);
struct GcOptions {
  bool is_dry_run = false;  // say what would go, change nothing
};
int gc_command(const GcOptions& options, const StoreKinds& kinds);
// A backup may be taken while the service runs. `directory` is where it goes to or comes from (service/backup.hpp).
int backup_command(const std::string& directory, const StoreKinds& kinds);
int restore_command(const std::string& directory, const StoreKinds& kinds);
// Migrates the schema of the chosen run store; where that one needs no command, of the store kind that does.
int schema_migration_command(const MigrateOptions& options, const StoreKinds& kinds);

}  // namespace backtest
