// The bar loop: market data -> signal -> target -> order -> fill -> ledger. Pure: no I/O, no threads, no clock.
#pragma once

#include <cstddef>
#include <optional>

#include "engine/decider.hpp"
#include "engine/model/book.hpp"
#include "engine/model/panel.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/simulation_result.hpp"

namespace backtest {

// Told after every bar, with the NAV at its close; the engine stops when it answers true (the result then has
// `stopped`).
class SimulationListener {
 public:
  virtual ~SimulationListener() = default;
  virtual bool stop_after(std::size_t bars_done, std::size_t bars_total, Date date, double nav) = 0;
};

// Which bars are simulated, from which book, and who decides. Without any of it: the panel's bars from its first_bar to
// its end, from policy.initial_cash, by policy.strategy. What is pointed at outlives the call.
struct SimulationOptions {
  std::optional<std::size_t> first_bar = std::nullopt;  // bars before it serve lookbacks only
  std::optional<std::size_t> end_bar = std::nullopt;    // the first bar that is not simulated; nothing reads from it on
  // The portfolio at the close before first_bar. The strategy itself starts without memory: its schedule is due at
  // once. A composite's legs start with their shares of the book.
  const Book* book = nullptr;
  // The last bar decides too, and what it decides waits in the closing book: for a run that another one carries on.
  bool decides_on_last_bar = false;
  Decider* decider = nullptr;  // in place of policy.strategy
  SimulationListener* listener = nullptr;
};

// `result` is cleared and filled; its buffers are reused, so that a sweep of many runs allocates once. `market` is only
// read: many threads may simulate over one, each with a result of its own.
// Throws InvalidInput for bars that the panel does not have and a book that is none (opening_book.hpp).
void simulate(const Policy& policy, const MarketData& market, const SimulationOptions& options,
              SimulationResult& result);

}  // namespace backtest
