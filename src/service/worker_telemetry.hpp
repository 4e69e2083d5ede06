// A worker's telemetry in Prometheus' text format.
#pragma once

#include <string>

#include "worker/worker.hpp"

namespace backtest {

void append_worker_telemetry(const Worker& worker, std::string& text);

}  // namespace backtest
