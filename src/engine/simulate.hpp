// The bar loop: market data -> signal -> target -> order -> fill -> ledger. Pure: no I/O, no threads, no clock.
#pragma once

#include <cstddef>

#include "engine/model/panel.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/simulation_result.hpp"

namespace backtest {

// Told after every bar; the engine stops when it answers true (the result then has `stopped`).
class SimulationListener {
 public:
  virtual ~SimulationListener() = default;
  virtual bool stop_after(std::size_t bars_done, std::size_t bars_total, Date date) = 0;
};

// `result` is cleared and filled; its buffers are reused, so that a sweep of many runs allocates once.
void simulate(const Policy& policy, const MarketData& market, SimulationListener* listener, SimulationResult& result);

}  // namespace backtest
