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

struct StoreChoices;

// Throws InvalidInput; each diagnostic's path is the variable. Without choices any store's name is taken.
Settings parse_settings(const Environment& environment, Role role);
Settings parse_settings(const Environment& environment, Role role, const StoreChoices& stores);

// Parts of them, for a command that needs no more: what else is wrong in the environment is none of its business.
DataSettings parse_data_settings(const Environment& environment);
StorageSettings parse_storage_settings(const Environment& environment);

// NAME=value lines, sorted, with secrets masked: what `serve --print-config` shows.
std::string effective_settings_text(const Settings& settings);

}  // namespace backtest
