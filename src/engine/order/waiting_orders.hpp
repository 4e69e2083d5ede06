// Orders that found no price on their bar, and what the next bars make of them (broker.unfilled).
#pragma once

#include <span>
#include <vector>

#include "engine/model/book.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/portfolio_view.hpp"

namespace backtest {

class WaitingOrders {
 public:
  // `broker` must outlive it. `waiting` is ascending by instrument.
  WaitingOrders(const BrokerPolicy& broker, std::vector<UnfilledOrder> waiting)
      : broker_(broker), waiting_(std::move(waiting)) {}

  bool empty() const { return waiting_.empty(); }
  const std::vector<UnfilledOrder>& waiting() const { return waiting_; }
  void clear() { waiting_.clear(); }

  // What a bar with these prices trades: `decided` (null where nothing was decided) and the orders that wait, but for
  // the names that `decided` speaks of. With UnfilledOrders::retry names without a price start or go on to wait, until
  // their last bar, which leaves them in for make_orders() to reject. Valid until the next call.
  const TargetWeights& next(const TargetWeights* decided, std::span<const HeldPosition> held,
                            std::span<const double> prices);

 private:
  void replace(const TargetWeights& decided);
  void merge(const TargetWeights* decided);
  void wait(std::span<const HeldPosition> held, std::span<const double> prices);

  const BrokerPolicy& broker_;
  std::vector<UnfilledOrder> waiting_;
  std::vector<UnfilledOrder> still_waiting_;  // scratch
  TargetWeights now_;
};

}  // namespace backtest
