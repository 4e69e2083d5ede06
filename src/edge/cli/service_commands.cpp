#include "edge/cli/service_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "base/diagnostic.hpp"
#include "base/log.hpp"
#include "edge/cli/exit_status.hpp"
#include "edge/cli/with_settings.hpp"
#include "service/backup.hpp"
#include "service/check.hpp"
#include "service/garbage.hpp"
#include "service/garbage_schedule.hpp"
#include "service/ownership.hpp"
#include "service/serve.hpp"

namespace backtest {

namespace {

int print_backup(const char* what, const BackupResult& result) {
  for (const std::string& problem : result.problems) fmt::print(stderr, "{}\n", problem);
  for (const std::string& run_id : result.removed_meanwhile) {
    fmt::print("{} was removed while the backup was made; its record is not kept\n", run_id);
  }
  if (!result.problems.empty()) {
    fmt::print(stderr, "the artifacts of {} runs are not what their manifests say: this is no whole backup\n",
               result.problems.size());
    return exit_run_failed;
  }
  if (result.datasets > 0) fmt::print("{} {} versions of data sets\n", what, result.datasets);
  fmt::print("{} the run store and the artifacts of {} completed runs, {:.1f} MB\n", what, result.runs,
             static_cast<double>(result.bytes) / 1048576.0);
  return exit_done;
}

}  // namespace

int serve_command(const ServeOptions& options, const StoreKinds& kinds) {
  return with_settings(options.role, kinds, [&](const Settings& settings) {
    if (options.print_config) {
      fmt::print("{}", effective_settings_text(settings));
    } else {
      serve(settings, kinds);
    }
    return exit_done;
  });
}

int check_command(const StoreKinds& kinds) {
  return with_settings(Role::maintenance, kinds, [&](const Settings& settings) {
    const auto print = [](const CheckResult& result) {
      fmt::print("{:<5} {:<16} {}\n", result.is_passed ? "ok" : "FAIL", result.name, result.detail);
    };
    print({"settings", true, "valid"});
    const auto results = check_stores(kinds, settings);
    std::ranges::for_each(results, print);
    return std::ranges::all_of(results, &CheckResult::is_passed) ? exit_done : exit_run_failed;
  });
}

int gc_command(const GcOptions& options, const StoreKinds& kinds) {
  return with_settings(Role::maintenance, kinds, [&](const Settings& settings) {
    const ProcessStores stores(kinds, settings);
    const ConfiguredRunStore& store = stores.run_store;
    if (store.exists && !store.exists()) {
      throw InvalidInput(Diagnostic{.path = kinds.run_store(settings).place,
                                    .message = "names a run store that is not there; nothing was removed"});
    }
    store.runs->open();
    const std::string identity = store.identity();
    require_ownership(stores.artifacts, identity);
    GarbageRules rules = garbage_rules(settings);
    rules.is_dry_run = options.is_dry_run;
    fmt::print(
        "{}\n",
        collect_garbage(*store.runs, stores.artifacts, owned_places(stores.artifacts, identity), rules).text(rules));
    return exit_done;
  });
}

int backup_command(const std::string& directory, const StoreKinds& kinds) {
  return with_settings(Role::maintenance, kinds, [&](const Settings& settings) {
    return print_backup("backed up", back_up(kinds, settings, directory));
  });
}

int restore_command(const std::string& directory, const StoreKinds& kinds) {
  return with_settings(Role::maintenance, kinds, [&](const Settings& settings) {
    return print_backup("restored", restore(kinds, settings, directory));
  });
}

int schema_migration_command(const MigrateOptions& options, const StoreKinds& kinds) {
  return with_settings(Role::maintenance, kinds, [&](const Settings& settings) {
    const RunStoreKind& chosen = kinds.run_store(settings);
    if (chosen.migrate) return chosen.migrate(settings, options);
    for (const RunStoreKind& kind : kinds.run_stores) {
      if (kind.migrate) return kind.migrate(settings, options);
    }
    fmt::print(stderr, "no run store of this build has a schema that is migrated by command\n");
    return exit_invalid_input;
  });
}

}  // namespace backtest
