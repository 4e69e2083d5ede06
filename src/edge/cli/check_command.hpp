// `backtest check`: every check that readiness makes and the dearer ones, with what was found.
#pragma once

#include "edge/cli/adapters.hpp"

namespace backtest {

int check_command(const Adapters& adapters);

}  // namespace backtest
