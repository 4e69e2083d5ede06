// The NAV that a rebalance leaves after its own costs (CostFinancing::self_financing).
#pragma once

#include <span>

#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"

namespace backtest {

// V' = `nav` - costs of trading to these weights of V', to the last bits. Lots are not rounded in it, and names without
// a price cost nothing. 0 where the costs eat everything.
double nav_after_costs(const BrokerPolicy& broker, const TargetWeights& targets, std::span<const HeldPosition> held,
                       std::span<const double> prices, double nav);

}  // namespace backtest
