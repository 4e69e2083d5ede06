#include "engine/signal/breakout_levels.hpp"

#include <algorithm>
#include <cmath>

#include "engine/market/price_comparison.hpp"

namespace backtest {
namespace {

std::size_t window(int lookback) {
  return static_cast<std::size_t>(std::max(lookback, 2));
}

}  // namespace

BreakoutLevels::BreakoutLevels(int lookback, PriceColumn column, std::size_t instruments)
    : column_(column),
      highest_(Extreme::highest, window(lookback), instruments),
      lowest_(Extreme::lowest, window(lookback), instruments),
      last_(instruments, missing),
      last_bar_(instruments, 0) {}

void BreakoutLevels::advance(const MarketView& market) {
  for (; next_bar_ <= market.bar(); ++next_bar_) read(market, next_bar_);
}

void BreakoutLevels::read(const MarketView& market, std::size_t bar) {
  const auto price = column_.row(market, bar);
  const auto split = column_.is_price() ? market.split_row(bar) : std::span<const double>{};
  for (InstrumentIndex i = 0; i < price.size(); ++i) {
    if (!split.empty() && !std::isnan(split[i]) && split[i] != 1.0) {
      highest_.rescale(i, 1.0 / split[i]);
      lowest_.rescale(i, 1.0 / split[i]);
      last_[i] /= split[i];
    }
    if (std::isnan(price[i])) continue;
    if (last_bar_[i] != 0) {
      highest_.push(i, last_[i]);
      lowest_.push(i, last_[i]);
    }
    last_[i] = price[i];
    last_bar_[i] = bar + 1;
  }
}

double BreakoutLevels::above(InstrumentIndex i, bool percent) const {
  if (!known(i)) return 0.0;
  const double level = highest_.value(i);
  if (level <= 0.0 || last_[i] <= 0.0 || !price_above(last_[i], level)) return 0.0;
  return percent ? last_[i] / level - 1.0 : last_[i] - level;
}

double BreakoutLevels::below(InstrumentIndex i, bool percent) const {
  if (!known(i)) return 0.0;
  const double level = lowest_.value(i);
  if (level <= 0.0 || last_[i] <= 0.0 || !price_below(last_[i], level)) return 0.0;
  return percent ? level / last_[i] - 1.0 : level - last_[i];
}

}  // namespace backtest
