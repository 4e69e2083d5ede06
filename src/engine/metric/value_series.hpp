// A series of values - the benchmark's, or NAV on the bars on which the benchmark has a close - as the record of a run
// that did nothing but have them. So every measure of a run is one of the series too, by the same functions.
#pragma once

#include <optional>

#include "engine/metric/summary.hpp"

namespace backtest {

struct ValueSeries {
  Panel calendar;           // the dates of its bars; no prices
  SimulationResult record;  // NAV is 1 on the first bar
  // Conventions are the run's; performance, drawdowns and statistics are filled, and only they.
  Summary summary;
};

// nullopt where the benchmark has fewer than two closes on bars of the run. `summary` is that of the run.
std::optional<ValueSeries> benchmark_values(const SimulationResult& result, const Panel& prices,
                                            const Summary& summary);
// NAV over the same bars.
std::optional<ValueSeries> portfolio_values(const SimulationResult& result, const Panel& prices,
                                            const Summary& summary);

}  // namespace backtest
