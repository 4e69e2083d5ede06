// How much of NAV was invested.
#include "engine/metric/family.hpp"

namespace backtest {

void add_exposure(const SimulationResult& result, Summary& summary) {
  double gross = 0.0;
  double net = 0.0;
  for (const BarRow& bar : result.bars) {
    gross += bar.gross_exposure;
    net += bar.net_exposure;
  }
  const auto count = static_cast<double>(result.bars.size());
  summary.average_gross_exposure = gross / count;
  summary.average_net_exposure = net / count;
}

}  // namespace backtest
