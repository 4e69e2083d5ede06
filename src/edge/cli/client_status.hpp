// Runs a client command and turns what it throws into a message and an exit status.
#pragma once

#include <functional>

namespace backtest {

int client_status(const std::function<int()>& command);

}  // namespace backtest
