// Orders and the bar of execution -> fills and rejects (BRK-6..9, W-12, W-15).
//
// Participation clips first, rounding down to the lot; then impact and commission; then the minimum-trade rules, from
// which closes are exempt. Cash and positions are the ledger's: `cash_after` is set there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/fill.hpp"
#include "engine/model/policy.hpp"

namespace backtest {

// `prices` and `volumes` are one bar's rows; an order's price is never missing, `volumes` may be empty (all missing).
// Appends to `fills` and `rejects`.
void fill_orders(const BrokerPolicy& broker, std::span<const Order> orders, std::span<const double> prices,
                 std::span<const double> volumes, std::uint32_t bar, std::vector<Fill>& fills,
                 std::vector<Reject>& rejects);

// As above, but sells come first and a buy is cut to the cash that is left (CostFinancing::cash_capped): in ascending
// order of their signed value, starting with `cash`. `orders` are sorted so; the fills are ascending by instrument. A
// cut of at most 1e-12 of `nav`, the rounding of the sums that cash is, is no reject.
void fill_orders_within_cash(const BrokerPolicy& broker, std::span<Order> orders, std::span<const double> prices,
                             std::span<const double> volumes, std::uint32_t bar, double cash, double nav,
                             std::vector<Fill>& fills, std::vector<Reject>& rejects);

}  // namespace backtest
