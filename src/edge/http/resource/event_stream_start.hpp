// The answer of GET /backtests/{run_id}/events: the run to follow, and the last event that the client has.
#pragma once

#include <cstdint>

#include "run_store/run_record.hpp"

namespace backtest {

struct EventStreamStart {
  RunRecord record;
  std::int64_t after_sequence = 0;
};

}  // namespace backtest
