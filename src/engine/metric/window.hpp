// What was earned between two days that are no calendar period: trailing months, a crisis.
#pragma once

#include "base/date.hpp"
#include "engine/metric/summary.hpp"

namespace backtest {

// From the last NAV on or before the same day `months` ago; of more than a year, as a year's return. A run that starts
// at most a week after that day covers it, from initial cash. nullopt where the run is shorter or NAV was not positive.
OptionalNumber trailing_return(const SimulationResult& result, const Panel& prices, double initial_cash, int months);

struct WindowReturn {
  double value = 0.0;
  double max_drawdown = 0.0;  // inside the window, its first NAV included
};
// From the last NAV on or before `first` to the last one on or before `last`. nullopt where the run does not cover
// both, or NAV was not positive at the first.
std::optional<WindowReturn> window_return(const SimulationResult& result, const Panel& prices, Date first, Date last);

}  // namespace backtest
