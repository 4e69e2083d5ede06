// How far an instrument's price of today stands beyond the extremes of its preceding `lookback` prices (CS-7
// price_breakout), adjusted for splits up to t. Only an instrument with a price today has a level (W-24).
#pragma once

#include <cstddef>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/market/price_column.hpp"
#include "engine/market/rolling_extreme.hpp"

namespace backtest {

class BreakoutLevels {
 public:
  BreakoutLevels(int lookback, PriceColumn column, std::size_t instruments);

  // Reads the bars up to market.bar() that were not read yet.
  void advance(const MarketView& market);
  // By how much the price is above the highest (below the lowest) preceding one: a fraction of that level (of the
  // price), or an amount. 0 where it is not, or where there are too few prices.
  double above(InstrumentIndex i, bool percent) const;
  double below(InstrumentIndex i, bool percent) const;

 private:
  void read(const MarketView& market, std::size_t bar);
  bool known(InstrumentIndex i) const { return last_bar_[i] == next_bar_ && highest_.full(i); }

  PriceColumn column_;
  RollingExtreme highest_;
  RollingExtreme lowest_;
  std::vector<double> last_;           // the latest price, not in the extremes yet
  std::vector<std::size_t> last_bar_;  // 1 + its bar; 0 = none
  std::size_t next_bar_ = 0;
};

}  // namespace backtest
