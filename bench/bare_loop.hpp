// The floor: W1's arithmetic in one loop over arrays, with no ledger, no policy and no checks. What simulate() costs
// beyond this is the price of everything it guarantees.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/model/panel.hpp"

namespace backtest::bench {

struct BareFill {
  std::uint32_t bar;
  InstrumentIndex instrument;
  double quantity, price, commission;
};

struct BareResult {
  std::vector<double> nav, cash, period_return, drawdown;
  std::vector<double> shares;  // bars x instruments
  std::vector<BareFill> fills;
};

// Rebalances to equal weights at the close of each marked bar; `commission` is a fraction of notional.
void bare_equal_weight(const Panel& prices, const std::vector<std::uint8_t>& rebalance, double initial_cash,
                       double commission, BareResult& result);

}  // namespace backtest::bench
