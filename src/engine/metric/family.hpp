// The families that summarize() is made of. Each fills its own fields of the summary, once, and adds a warning for
// every number that it leaves undefined. Later ones may read what earlier ones wrote; the order is summarize()'s.
#pragma once

#include "engine/metric/summary.hpp"

namespace backtest {

void add_performance(const SimulationResult& result, double initial_cash, Summary& summary);
void add_drawdowns(const SimulationResult& result, const Panel& prices, double initial_cash, Summary& summary);
void add_statistics(const SimulationResult& result, const Panel& prices, double initial_cash, Summary& summary);
void add_costs(const SimulationResult& result, double initial_cash, Summary& summary);
void add_exposure(const SimulationResult& result, Summary& summary);
void add_closed_positions(const SimulationResult& result, const Panel& prices, Summary& summary);
void add_contributions(const SimulationResult& result, const Panel& prices, const Policy& policy, Summary& summary);
void add_benchmark(const SimulationResult& result, const MarketData& market, Summary& summary);

}  // namespace backtest
