// How a command that acts as the service, on its stores and with its secrets, begins and ends.
#pragma once

#include <functional>

#include "service/stores.hpp"
#include "settings/parse_settings.hpp"

namespace backtest {

// `command` takes the settings of the environment and returns the exit status; what it throws is printed.
int with_settings(Role role, const StoreKinds& kinds, const std::function<int(const Settings&)>& command);

}  // namespace backtest
