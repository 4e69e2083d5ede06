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
  std::string action;        // up, status, check, plan, adopt
  bool old_stopped = false;  // adopt: the old service is stopped, its running rows may be taken
};

struct Adapters {
  SettingsHooks settings_hooks;
  std::function<std::unique_ptr<RunStore>(const Settings&)> run_store;
  std::function<std::unique_ptr<ArtifactStore>(const Settings&)> artifact_store;
  // Returns the exit status; prints to standard output and standard error.
  std::function<int(const Settings&, const MigrateOptions&)> migrate;
};

}  // namespace backtest
