// The stores that this build has, as the settings see them: main.cpp registers them, each store says what its own
// settings must be.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "settings/setting_reader.hpp"
#include "settings/settings.hpp"

namespace backtest {

struct StoreChoice {
  std::string name;                      // the value of BACKTEST_RUN_STORE_MODE or BACKTEST_ARTIFACT_STORE
  std::vector<std::string> other_names;  // that mean the same
  bool reads_adls_runs_dir = false;      // a store in object storage, at or below BACKTEST_ADLS_RUNS_DIR
  // Looks at this store's settings once all are read, and reports what is wrong with them. Called for every store of
  // the build: what was written must be valid, also while another store is chosen. Unset: nothing to look at.
  std::function<void(const Settings& settings, Role role, bool is_chosen, SettingReader& reader)> check;
};

// In each list, the first is the default.
struct StoreChoices {
  std::vector<StoreChoice> run_stores, artifact_stores;
};

// The chosen name, whichever of its spellings was written. An unknown one is an error that names those there are.
// Without choices (tests of other settings) the word is taken as it is.
std::string chosen_store(SettingReader& reader, std::string_view variable, std::string_view fallback,
                         const std::vector<StoreChoice>& choices);

}  // namespace backtest
