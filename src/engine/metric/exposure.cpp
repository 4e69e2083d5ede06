// How much of NAV was invested.
#include "engine/metric/family.hpp"

namespace backtest {

void add_exposure(const SimulationResult& result, Summary& summary) {
  double gross = 0.0;
  double net = 0.0;
  double invested = 0.0;
  for (const BarRow& bar : result.bars) {
    gross += bar.gross_exposure;
    net += bar.net_exposure;
    invested += bar.gross_exposure > 0.0 ? 1.0 : 0.0;
  }
  const auto count = static_cast<double>(result.bars.size());
  summary.average_gross_exposure = gross / count;
  summary.average_net_exposure = net / count;
  summary.time_invested = invested / count;
}

}  // namespace backtest
