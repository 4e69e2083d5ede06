#include "engine/order/waiting_orders.hpp"

#include <algorithm>
#include <cmath>

#include "engine/order/target_walk.hpp"

namespace backtest {

const TargetWeights& WaitingOrders::next(const TargetWeights* decided, std::span<const HeldPosition> held,
                                         std::span<const double> prices) {
  if (broker_.unfilled == UnfilledOrders::cancel && decided != nullptr) return *decided;
  if (decided != nullptr) replace(*decided);
  merge(decided);
  wait(held, prices);
  return now_;
}

void WaitingOrders::replace(const TargetWeights& decided) {
  if (decided.whole_book) return waiting_.clear();
  std::erase_if(waiting_, [&](const UnfilledOrder& order) {
    const auto named = std::ranges::lower_bound(decided.weights, order.instrument, {}, &InstrumentWeight::instrument);
    return named != decided.weights.end() && named->instrument == order.instrument;
  });
}

void WaitingOrders::merge(const TargetWeights* decided) {
  now_.whole_book = decided != nullptr && decided->whole_book;
  now_.weights.clear();
  now_.kept.clear();
  if (decided != nullptr) {
    now_.weights.assign(decided->weights.begin(), decided->weights.end());
    now_.kept.assign(decided->kept.begin(), decided->kept.end());
  }
  if (waiting_.empty()) return;
  for (const UnfilledOrder& order : waiting_) now_.weights.push_back({order.instrument, order.weight});
  std::ranges::sort(now_.weights, {}, &InstrumentWeight::instrument);
}

void WaitingOrders::wait(std::span<const HeldPosition> held, std::span<const double> prices) {
  still_waiting_.clear();
  auto before = waiting_.cbegin();
  for_each_target(now_, held, [&](InstrumentIndex instrument, double shares, double weight) {
    if (!std::isnan(prices[instrument]) || (weight == 0.0 && shares == 0.0)) return;
    while (before != waiting_.cend() && before->instrument < instrument) ++before;
    const bool waited = before != waiting_.cend() && before->instrument == instrument;
    const int bars_left = waited ? before->bars_left - 1 : broker_.unfilled_bars;
    if (bars_left > 0) still_waiting_.push_back({instrument, weight, bars_left});
  });
  waiting_.swap(still_waiting_);
  for (const UnfilledOrder& order : waiting_) now_.kept.push_back(order.instrument);
  std::ranges::sort(now_.kept);
}

}  // namespace backtest
