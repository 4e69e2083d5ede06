#include "engine/order/self_financing.hpp"

#include <cmath>

#include "engine/cost/transaction_cost.hpp"
#include "engine/model/tolerance.hpp"
#include "engine/order/target_walk.hpp"

namespace backtest {

double nav_after_costs(const BrokerPolicy& broker, const TargetWeights& targets, std::span<const HeldPosition> held,
                       std::span<const double> prices, double nav) {
  const auto left_after = [&](double divided) {
    double costs = 0.0;
    for_each_target(targets, held, [&](InstrumentIndex instrument, double shares, double weight) {
      const double price = prices[instrument];
      if (std::isnan(price)) return;
      const double quantity = weight == 0.0 ? -shares : (weight * divided - shares * price) / price;
      const bool is_sent =
          quantity != 0.0 && (weight == 0.0 || std::abs(quantity * price) >= smallest_order_of_nav * divided);
      if (is_sent) costs += cost_of(broker, price, quantity);
    });
    return nav - costs;
  };
  // Costs move by far less than the NAV that they are taken from, so that each round gains digits.
  constexpr int rounds = 60;
  double after = nav;
  for (int round = 0; round < rounds; ++round) {
    const double next = left_after(after);
    if (next <= 0.0) break;
    if (std::abs(next - after) <= 1e-16 * nav) return next;
    after = next;
  }
  // Where costs are large against the weights that move, halve instead: left_after(x) - x is above 0 at 0 and not at
  // nav.
  double low = 0.0, high = nav;
  if (left_after(low) <= 0.0) return 0.0;
  for (int round = 0; round < 200 && low < high; ++round) {
    const double middle = low + (high - low) / 2.0;
    if (middle == low || middle == high) break;
    (left_after(middle) >= middle ? low : high) = middle;
  }
  return low;
}

}  // namespace backtest
