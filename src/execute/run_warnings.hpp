// What a run shows about its data that no stage sees by itself: bars that end long before the config's end or begin
// long after its start, a lookback longer than the bars before the first one, and a holding closed as delisted whose
// instrument has rows again.
#pragma once

#include <vector>

#include "base/date.hpp"
#include "base/diagnostic.hpp"
#include "engine/model/panel.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/simulation_result.hpp"

namespace backtest {

// Long is more than a week and more than the widest step between two bars.
std::vector<Diagnostic> period_warnings(Date start, Date end, const Panel& prices);
std::vector<Diagnostic> lookback_warnings(const Policy& policy, const Panel& prices);
std::vector<Diagnostic> delisting_warnings(const SimulationResult& simulation, const Panel& prices);

}  // namespace backtest
