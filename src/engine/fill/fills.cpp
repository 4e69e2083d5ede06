#include "engine/fill/fills.hpp"

#include <cmath>

#include "engine/model/tolerance.hpp"
#include "engine/model/transaction_cost.hpp"

namespace backtest {

namespace {

// The quantity that the bar's volume lets through. A missing volume is no cap; zero volume lets nothing through.
double participating_quantity(const BrokerPolicy& broker, double quantity, double volume) {
  if (std::isnan(volume)) return quantity;
  const double cap = *broker.max_participation_rate * volume;
  if (std::abs(quantity) <= cap + epsilon) return quantity;
  const double lot = broker.lot_size;
  const double clipped = trades_whole_lots(broker) ? std::floor(cap / lot) * lot : cap;
  return std::copysign(clipped, quantity);
}

Reject reject(std::uint32_t bar, const Order& order, RejectReason reason, double price, double requested,
              double executed) {
  return {.bar = bar,
          .instrument = order.instrument,
          .reason = reason,
          .requested_quantity = requested,
          .executed_quantity = executed,
          .requested_notional = requested * price,
          .executed_notional = executed * price};
}

}  // namespace

void fill_orders(const BrokerPolicy& broker, std::span<const Order> orders, std::span<const double> prices,
                 std::span<const double> volumes, std::uint32_t bar, std::vector<Fill>& fills,
                 std::vector<Reject>& rejects) {
  const bool capped = broker.max_participation_rate.has_value() && !volumes.empty();
  const double buy_impact = impact_factor(broker, 1.0);
  const double sell_impact = impact_factor(broker, -1.0);
  for (const Order& order : orders) {
    const double price = prices[order.instrument];
    double quantity = order.quantity;
    if (capped) {
      quantity = participating_quantity(broker, order.quantity, volumes[order.instrument]);
      if (quantity != order.quantity) {
        rejects.push_back(reject(bar, order, RejectReason::participation_cap, price, order.quantity, quantity));
        if (std::abs(quantity) < epsilon) continue;
      }
    }
    const double shares = std::abs(quantity);
    const double fill_price = price * (quantity > 0.0 ? buy_impact : sell_impact);
    const double notional = quantity * fill_price;
    if (!order.closes) {
      if (broker.min_trade_shares > 0.0 && shares < broker.min_trade_shares - epsilon) {
        rejects.push_back(reject(bar, order, RejectReason::min_trade_shares, price, quantity, 0.0));
        continue;
      }
      if (broker.min_trade_notional > 0.0 && std::abs(notional) < broker.min_trade_notional - epsilon) {
        rejects.push_back(reject(bar, order, RejectReason::min_trade_notional, price, quantity, 0.0));
        continue;
      }
    }
    fills.push_back({.bar = bar,
                     .instrument = order.instrument,
                     .quantity = quantity,
                     .price = fill_price,
                     .notional = notional,
                     .commission = commission_of(broker, shares, std::abs(notional)),
                     .slippage_cost = shares * std::abs(fill_price - price)});
  }
}

}  // namespace backtest
