// What is kept of a request that was answered: its count, its duration and its line in the log.
#pragma once

#include "edge/http/server/served_request.hpp"
#include "edge/http/server/server_core.hpp"

namespace backtest {

// `is_stream`: its duration is its run's and says nothing about the service.
void log_request(ServerCore& core, const ServedRequest& served, int status, bool is_stream = false);

}  // namespace backtest
