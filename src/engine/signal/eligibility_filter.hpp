// One filter of the universe. Filters with a lookback read each bar once, in order, whenever they are asked.
#pragma once

#include <memory>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/pipeline_policy.hpp"

namespace backtest {

class EligibilityFilter {
 public:
  virtual ~EligibilityFilter() = default;
  // Reads bars up to market.bar() that were not read yet.
  virtual void advance(const MarketView&) {}
  virtual bool keeps(const MarketView& market, InstrumentIndex i) const = 0;
};

// Null for a filter without effect: exchange_in, a lookback <= 0, no_missing_prices with a window <= 1.
// Throws InvalidInput when a column does not exist.
std::unique_ptr<EligibilityFilter> make_filter(const UniverseFilter& filter, const Panel& prices,
                                               const SignalPanel* signals);

}  // namespace backtest
