// One process of the service: API, and workers unless BACKTEST_MAX_CONCURRENT is 0, or workers alone.
#pragma once

#include "service/stores.hpp"
#include "settings/settings.hpp"

namespace backtest {

// Runs until SIGTERM or SIGINT: then readiness goes off, no run is claimed, running attempts finish or are given back
// within the grace. Throws InvalidInput where the settings do not allow a start, std::exception where the machine does
// not.
void serve(const Settings& settings, const StoreKinds& kinds);

}  // namespace backtest
