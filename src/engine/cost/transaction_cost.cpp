#include "engine/cost/transaction_cost.hpp"

#include <cmath>

namespace backtest {

double cost_of(const BrokerPolicy& broker, double price, double quantity) {
  const double shares = std::abs(quantity);
  const double fill = price * impact_factor(broker, quantity > 0.0 ? 1.0 : -1.0);
  return shares * std::abs(fill - price) + commission_of(broker, shares, shares * fill);
}

double shares_bought_for(const BrokerPolicy& broker, double price, double value) {
  const double fill = price * impact_factor(broker, 1.0);
  const double shares = value / (fill * (1.0 + broker.commission) + broker.commission_per_share);
  const double proportional = shares * (fill * broker.commission + broker.commission_per_share);
  if (proportional >= broker.commission_minimum) return shares;
  return std::max(0.0, (value - broker.commission_minimum) / fill);
}

double shares_sold_to_raise(const BrokerPolicy& broker, double price, double value) {
  const double fill = price * impact_factor(broker, -1.0);
  const double raised_by_a_share = fill * (1.0 - broker.commission) - broker.commission_per_share;
  if (raised_by_a_share <= 0.0) return value / price;  // no number of shares raises anything
  const double shares = value / raised_by_a_share;
  const double proportional = shares * (fill * broker.commission + broker.commission_per_share);
  return proportional >= broker.commission_minimum ? shares : (value + broker.commission_minimum) / fill;
}

}  // namespace backtest
