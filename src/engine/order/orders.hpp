// Target weights and positions -> orders (BRK-3..5, BRK-17, W-14, W-15).
//
// Weights are fractions of `nav`: the NAV at the prices of execution, or what costs leave of it. A target of 0, or a
// holding that rounds to zero, closes exactly. Other orders below 1e-9 of NAV are dust and are not sent. What is
// rounded to lots is the target holding, not the traded quantity.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/fill.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"

namespace backtest {

// Orders ascending by instrument. `held` and the targets ascend too; `prices` is one bar's row, NaN = no trade.
// Appends to `orders` and `rejects`.
void make_orders(const BrokerPolicy& broker, const TargetWeights& targets, std::span<const HeldPosition> held,
                 std::span<const double> prices, double nav, std::uint32_t bar, std::vector<Order>& orders,
                 std::vector<Reject>& rejects);

// The holding that a lot size and a rounding mode allow (BRK-5 applied to the holding).
double round_to_lot(const BrokerPolicy& broker, double shares);

}  // namespace backtest
