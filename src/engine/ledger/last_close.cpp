#include "engine/ledger/last_close.hpp"

#include <cmath>

namespace backtest {

double last_close_before(const Panel& panel, std::size_t bar, InstrumentIndex instrument, double none) {
  double split = 1.0;
  for (std::size_t t = bar; t > 0; --t) {
    if (!panel.split.empty()) {
      const double factor = panel.split[panel.cell(t, instrument)];
      if (!std::isnan(factor)) split *= factor;
    }
    const double close = panel.close[panel.cell(t - 1, instrument)];
    if (!std::isnan(close)) return close / split;
  }
  return none;
}

}  // namespace backtest
