#include "engine/metric/summary.hpp"

#include "base/assertion.hpp"
#include "engine/metric/family.hpp"

namespace backtest {

Summary summarize(const SimulationResult& result, const MarketData& market, const Policy& policy) {
  BACKTEST_ASSERT(!result.bars.empty(), "a run has at least one bar: the loader refuses an empty range");
  Summary summary;
  const double initial_cash = result.opening_nav;
  summary.initial_cash = initial_cash;
  summary.convention = convention_of(result, market, policy, summary.remarks);
  summary.fill_count = result.fills.size();
  summary.reject_count = result.rejects.size();
  summary.ruined = result.ruined;
  add_performance(result, initial_cash, summary);
  add_drawdowns(result, market.prices, initial_cash, summary);
  add_statistics(result, market.prices, initial_cash, summary);
  add_costs(result, initial_cash, summary);
  add_exposure(result, summary);
  add_closed_positions(result, market.prices, summary);
  add_contributions(result, market.prices, policy, summary);
  if (!market.benchmark_close.empty()) add_benchmark(result, market, summary);
  return summary;
}

}  // namespace backtest
