#include "engine/order/orders.hpp"

#include <cmath>

#include "engine/model/tolerance.hpp"
#include "engine/model/transaction_cost.hpp"

namespace backtest {

namespace {

// Shares whose notional at the fill price plus commission is `value`; 0 where the minimum commission eats it all.
double shares_with_costs_reserved(const BrokerPolicy& broker, double price, double value) {
  const double fill = price * impact_factor(broker, 1.0);
  const double shares = value / (fill * (1.0 + broker.commission) + broker.commission_per_share);
  const double proportional = shares * (fill * broker.commission + broker.commission_per_share);
  if (proportional >= broker.commission_minimum) return shares;
  return std::max(0.0, (value - broker.commission_minimum) / fill);
}

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
      orders_.push_back({.instrument = instrument, .quantity = -shares, .closes = true});
      return;
    }
    const double value = weight * nav_;
    const double difference = value - shares * price;
    if (std::abs(difference) < smallest_order_of_nav * nav_) return;
    const bool reserve = broker_.reserve_costs && difference > 0.0;
    const double wanted = reserve ? shares_with_costs_reserved(broker_, price, difference) : difference / price;
    if (!whole_lots_) {
      send(instrument, price, difference / price, wanted, false);
      return;
    }
    const double holding = round_to_lot(broker_, reserve ? shares + wanted : value / price);
    const bool closes = holding == 0.0 && shares != 0.0;
    send(instrument, price, difference / price, closes ? -shares : holding - shares, closes);
  }

 private:
  void send(InstrumentIndex instrument, double price, double requested, double quantity, bool closes) {
    if (std::abs(quantity) >= epsilon) {
      orders_.push_back({.instrument = instrument, .quantity = quantity, .closes = closes});
      return;
    }
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
  auto position = held.begin();
  for (const InstrumentWeight& target : targets.weights) {
    for (; position != held.end() && position->instrument < target.instrument; ++position) {
      if (targets.whole_book) maker.add(position->instrument, position->shares, 0.0);
    }
    const bool is_held = position != held.end() && position->instrument == target.instrument;
    maker.add(target.instrument, is_held ? position->shares : 0.0, target.weight);
    if (is_held) ++position;
  }
  if (!targets.whole_book) return;
  for (; position != held.end(); ++position) maker.add(position->instrument, position->shares, 0.0);
}

}  // namespace backtest
