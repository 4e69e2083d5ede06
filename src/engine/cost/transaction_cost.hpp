// What a trade costs under a broker policy (BRK-7, BRK-8).
#pragma once

#include <algorithm>

#include "engine/model/policy.hpp"

namespace backtest {

// Shares are whole lots; else any fraction trades.
inline bool trades_whole_lots(const BrokerPolicy& broker) {
  return !broker.allow_fractional_shares || broker.lot_size != 1;
}

// Fill price over price; `side` is +1 for a buy, -1 for a sell. Evaluated exactly as BRK-7 writes it.
inline double impact_factor(const BrokerPolicy& broker, double side) {
  const double impact_bps = broker.spread_bps / 2.0 + broker.slippage_bps;
  return 1.0 + (impact_bps / 10000.0) * side;
}

// Of one fill; both arguments absolute.
inline double commission_of(const BrokerPolicy& broker, double shares, double notional) {
  return std::max(broker.commission_minimum, notional * broker.commission + shares * broker.commission_per_share);
}

// Slippage, half-spread and commission of trading `quantity` signed shares at `price`.
double cost_of(const BrokerPolicy& broker, double price, double quantity);

// Shares that `value` pays for, with their commission; 0 where the minimum commission eats it all.
double shares_bought_for(const BrokerPolicy& broker, double price, double value);

// Shares whose sale raises `value` after its commission.
double shares_sold_to_raise(const BrokerPolicy& broker, double price, double value);

}  // namespace backtest
