// What main.cpp, which alone knows the adapters, hands to the commands.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "artifact_store/artifact_store.hpp"
#include "run_store/run_store.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {

struct MigrateOptions {
  std::string action;        // up, status, check, plan, adopt, release
  bool old_stopped = false;  // adopt: the old service is stopped, its running rows may be taken
  bool fail_live = false;    // release: what is queued or running ends as failed
};

// What a process holds while it shares a run store with others.
struct ReplicaParts {
  std::function<void()> announce;  // runs were queued here: others may look at once
  // In Prometheus' text format: of this process, and what the store must be asked for.
  std::function<void(std::string& text)> metrics, store_metrics;
  std::shared_ptr<void> held;  // ends when this does
};

struct Adapters {
  SettingsHooks settings_hooks;
  std::function<std::unique_ptr<RunStore>(const Settings&)> run_store;
  std::function<std::unique_ptr<ArtifactStore>(const Settings&)> artifact_store;
  // Called once the store is open; `wake` is called when others announce. Throws InvalidInput where this process may
  // not live beside the others. Unset for stores that one process owns.
  std::function<ReplicaParts(const Settings&, RunStore&, std::function<void()> wake)> join_replicas;
  // Returns the exit status; prints to standard output and standard error.
  std::function<int(const Settings&, const MigrateOptions&)> migrate;
};

}  // namespace backtest
