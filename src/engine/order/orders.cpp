#include "engine/order/orders.hpp"

#include <algorithm>
#include <cmath>

#include "engine/cost/transaction_cost.hpp"
#include "engine/model/tolerance.hpp"
#include "engine/order/target_walk.hpp"

namespace backtest {

namespace {

class OrderMaker {
 public:
  OrderMaker(const BrokerPolicy& broker, std::span<const double> prices, double nav, std::uint32_t bar,
             std::vector<Order>& orders, std::vector<Reject>& rejects)
      : broker_(broker),
        prices_(prices),
        nav_(nav),
        bar_(bar),
        orders_(orders),
        rejects_(rejects),
        whole_lots_(trades_whole_lots(broker)) {}

  void add(InstrumentIndex instrument, double shares, double weight) {
    if (weight == 0.0 && shares == 0.0) return;
    const double price = prices_[instrument];
    if (std::isnan(price)) {
      rejects_.push_back({.bar = bar_, .instrument = instrument, .reason = RejectReason::missing_open_price});
      return;
    }
    if (nav_ <= 0.0) {  // BRK-2: weights of nothing size no order
      rejects_.push_back({.bar = bar_, .instrument = instrument, .reason = RejectReason::expired});
      return;
    }
    if (weight == 0.0) {
      orders_.push_back({.instrument = instrument, .quantity = -shares, .value = -shares * price, .closes = true});
      return;
    }
    const double value = weight * nav_;
    const double difference = value - shares * price;
    if (std::abs(difference) < smallest_order_of_nav * nav_) return;
    const bool order_pays = broker_.cost_financing == CostFinancing::each_order;
    const double wanted = order_pays ? paying_its_costs(price, shares, weight, difference) : difference / price;
    if (!whole_lots_) {
      const bool closes = order_pays && wanted == -shares;
      send(instrument, price, difference, wanted, closes);
      return;
    }
    const double holding = round_to_lot(broker_, order_pays ? shares + wanted : value / price);
    const bool closes = holding == 0.0 && shares != 0.0;
    send(instrument, price, difference, closes ? -shares : holding - shares, closes);
  }

 private:
  // Signed shares that with their costs are worth `difference`. A sell towards a long target ends with the holding.
  double paying_its_costs(double price, double shares, double weight, double difference) const {
    if (difference > 0.0) return shares_bought_for(broker_, price, difference);
    const double sold = shares_sold_to_raise(broker_, price, -difference);
    return weight > 0.0 ? -std::min(sold, shares) : -sold;
  }

  void send(InstrumentIndex instrument, double price, double value, double quantity, bool closes) {
    if (std::abs(quantity) >= epsilon) {
      orders_.push_back({.instrument = instrument, .quantity = quantity, .value = value, .closes = closes});
      return;
    }
    const double requested = value / price;
    rejects_.push_back({.bar = bar_,
                        .instrument = instrument,
                        .reason = RejectReason::rounded_to_zero,
                        .requested_quantity = requested,
                        .executed_quantity = 0.0,
                        .requested_notional = requested * price,
                        .executed_notional = 0.0});
  }

  const BrokerPolicy& broker_;
  std::span<const double> prices_;
  double nav_;
  std::uint32_t bar_;
  std::vector<Order>& orders_;
  std::vector<Reject>& rejects_;
  bool whole_lots_;
};

}  // namespace

double round_to_lot(const BrokerPolicy& broker, double shares) {
  const double lot = broker.lot_size;
  const double lots = shares / lot;
  switch (broker.rounding_mode) {
    case RoundingMode::toward_zero:
      return std::trunc(lots) * lot;
    case RoundingMode::nearest:
      return std::nearbyint(lots) * lot;  // half to even: the default rounding direction
    case RoundingMode::floor:
      return std::floor(lots) * lot;
    case RoundingMode::ceil:
      return std::ceil(lots) * lot;
  }
  return shares;
}

void make_orders(const BrokerPolicy& broker, const TargetWeights& targets, std::span<const HeldPosition> held,
                 std::span<const double> prices, double nav, std::uint32_t bar, std::vector<Order>& orders,
                 std::vector<Reject>& rejects) {
  OrderMaker maker(broker, prices, nav, bar, orders, rejects);
  for_each_target(targets, held, [&](InstrumentIndex instrument, double shares, double weight) {
    maker.add(instrument, shares, weight);
  });
}

}  // namespace backtest
