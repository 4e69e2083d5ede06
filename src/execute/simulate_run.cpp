#include "execute/simulate_run.hpp"

#include <chrono>

namespace backtest {

namespace {

using Clock = std::chrono::steady_clock;

// The engine knows no clock: this listener reads it once in a batch of bars and passes progress and stops on.
class ThrottledListener final : public SimulationListener {
 public:
  explicit ThrottledListener(const SimulateOptions& options) : options_(options) {}

  bool stop_after(std::size_t bars_done, std::size_t bars_total, Date date, double nav) override {
    const auto now = Clock::now();
    const bool last = bars_done == bars_total;
    if (!last && now - last_look_ < std::chrono::milliseconds(50)) return false;
    last_look_ = now;
    if (options_.on_progress) {
      const double elapsed_s = std::chrono::duration<double>(now - start_).count();
      options_.on_progress({.phase = Phase::simulating,
                            .bars_done = bars_done,
                            .bars_total = bars_total,
                            .date = date,
                            .nav = nav,
                            .bars_per_second = elapsed_s > 0 ? static_cast<double>(bars_done) / elapsed_s : 0.0});
    }
    return options_.stop_requested && options_.stop_requested();
  }

 private:
  const SimulateOptions& options_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_look_{};
};

}  // namespace

void simulate_run(const Policy& policy, const MarketData& market, const SimulateOptions& options, SimulatedRun& run) {
  ThrottledListener listener(options);
  SimulationOptions simulation = options.simulation;
  if (options.on_progress || options.stop_requested) simulation.listener = &listener;
  simulate(policy, market, simulation, run.result);
  if (run.result.stopped) throw Interrupted();
  run.summary = summarize(run.result, market, policy);
}

}  // namespace backtest
