// Environment -> Settings. Every error of one pass is reported together, each naming its variable and the rule that
// it breaks, never the value: a value may be a secret that landed in the wrong variable.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "settings/settings.hpp"

namespace backtest {

using Environment = std::map<std::string, std::string, std::less<>>;
Environment process_environment();

enum class Role {
  serve,       // listens; may work too
  worker,      // works; listens only for metrics
  maintenance  // migrate, gc, check: neither
};

struct SettingsHooks {
  // Whether libpq can parse a connection string. Unset: not checked.
  std::function<bool(std::string_view dsn)> dsn_valid;
};

// Throws InvalidInput; each diagnostic's path is the variable.
Settings parse_settings(const Environment& environment, Role role, const SettingsHooks& hooks = {});

// NAME=value lines, sorted, with secrets masked: what `serve --print-config` shows.
std::string effective_settings_text(const Settings& settings);

// Creates the output directory and the database's parent (SET-1, SET-2). Throws InvalidInput naming the variable.
void create_directories(const Settings& settings);

}  // namespace backtest
