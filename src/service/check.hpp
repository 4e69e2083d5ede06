// What `backtest check` looks at before a start: settings, stores, room and clock.
#pragma once

#include <string>
#include <vector>

#include "service/stores.hpp"

namespace backtest {

struct CheckResult {
  std::string name;
  bool is_passed = true;
  std::string detail;  // what was found, or why it failed
};

std::vector<CheckResult> check_stores(const StoreKinds& kinds, const Settings& settings);

}  // namespace backtest
