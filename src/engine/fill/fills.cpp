#include "engine/fill/fills.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/cost/transaction_cost.hpp"
#include "engine/model/tolerance.hpp"

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

class OrderFiller {
 public:
  OrderFiller(const BrokerPolicy& broker, std::span<const double> prices, std::span<const double> volumes,
              std::uint32_t bar, std::vector<Fill>& fills, std::vector<Reject>& rejects)
      : broker_(broker),
        prices_(prices),
        volumes_(volumes),
        bar_(bar),
        fills_(fills),
        rejects_(rejects),
        capped_(broker.max_participation_rate.has_value() && !volumes.empty()),
        buy_impact_(impact_factor(broker, 1.0)),
        sell_impact_(impact_factor(broker, -1.0)) {}

  // True when it filled: the fill is the last of `fills`. Inlined into the loops below, which keep the members in
  // registers then: a call costs a third more.
  [[gnu::always_inline]] bool fill(const Order& order) {
    const double price = prices_[order.instrument];
    double quantity = order.quantity;
    if (capped_) {
      quantity = participating_quantity(broker_, order.quantity, volumes_[order.instrument]);
      if (quantity != order.quantity) {
        rejects_.push_back(reject(bar_, order, RejectReason::participation_cap, price, order.quantity, quantity));
        if (std::abs(quantity) < epsilon) return false;
      }
    }
    const double shares = std::abs(quantity);
    const double fill_price = price * (quantity > 0.0 ? buy_impact_ : sell_impact_);
    const double notional = quantity * fill_price;
    if (!order.closes) {
      if (broker_.min_trade_shares > 0.0 && shares < broker_.min_trade_shares - epsilon) {
        rejects_.push_back(reject(bar_, order, RejectReason::min_trade_shares, price, quantity, 0.0));
        return false;
      }
      if (broker_.min_trade_notional > 0.0 && std::abs(notional) < broker_.min_trade_notional - epsilon) {
        rejects_.push_back(reject(bar_, order, RejectReason::min_trade_notional, price, quantity, 0.0));
        return false;
      }
    }
    fills_.push_back({.bar = bar_,
                      .instrument = order.instrument,
                      .quantity = quantity,
                      .price = fill_price,
                      .notional = notional,
                      .commission = commission_of(broker_, shares, std::abs(notional)),
                      .slippage_cost = shares * std::abs(fill_price - price)});
    return true;
  }

 private:
  const BrokerPolicy& broker_;
  std::span<const double> prices_;
  std::span<const double> volumes_;
  std::uint32_t bar_;
  std::vector<Fill>& fills_;
  std::vector<Reject>& rejects_;
  bool capped_;
  double buy_impact_;
  double sell_impact_;
};

// A buy of no more than `cash` pays for.
Order cut_to_cash(const BrokerPolicy& broker, const Order& order, double price, double cash) {
  double most = shares_bought_for(broker, price, std::max(0.0, cash));
  if (trades_whole_lots(broker)) {
    const double lot = broker.lot_size;
    most = std::floor(most / lot * (1.0 + epsilon)) * lot;
  }
  if (order.quantity <= most) return order;
  return {.instrument = order.instrument, .quantity = most, .value = order.value};
}

}  // namespace

void fill_orders(const BrokerPolicy& broker, std::span<const Order> orders, std::span<const double> prices,
                 std::span<const double> volumes, std::uint32_t bar, std::vector<Fill>& fills,
                 std::vector<Reject>& rejects) {
  OrderFiller filler(broker, prices, volumes, bar, fills, rejects);
  for (const Order& order : orders) filler.fill(order);
}

void fill_orders_within_cash(const BrokerPolicy& broker, std::span<Order> orders, std::span<const double> prices,
                             std::span<const double> volumes, std::uint32_t bar, double cash, double nav,
                             std::vector<Fill>& fills, std::vector<Reject>& rejects) {
  const std::size_t begin = fills.size();
  OrderFiller filler(broker, prices, volumes, bar, fills, rejects);
  std::ranges::sort(orders, {}, [](const Order& order) { return std::pair(order.value, order.instrument); });
  for (const Order& order : orders) {
    const double price = prices[order.instrument];
    const Order affordable = order.quantity > 0.0 ? cut_to_cash(broker, order, price, cash) : order;
    if (affordable.quantity != order.quantity) {
      if (!is_rounding((order.quantity - affordable.quantity) * price, nav)) {
        rejects.push_back(reject(bar, order, RejectReason::cash_cap, price, order.quantity, affordable.quantity));
      }
      if (affordable.quantity < epsilon) continue;
    }
    if (filler.fill(affordable)) cash -= fills.back().notional + fills.back().commission;
  }
  std::ranges::sort(std::span(fills).subspan(begin), {}, &Fill::instrument);
}

}  // namespace backtest
