#include "engine/market/moving_average.hpp"

#include <cmath>

namespace backtest {

MovingAverage::MovingAverage(int days, PriceColumn column, std::size_t instruments)
    : column_(column), sums_(static_cast<std::size_t>(days), instruments), next_bar_(instruments, 0) {}

std::optional<double> MovingAverage::at(const MarketView& market, InstrumentIndex i) {
  // After a pause longer than the window nothing of it is left.
  if (next_bar_[i] == 0 || market.bar() >= next_bar_[i] + sums_.window()) begin(market, i);
  for (; next_bar_[i] <= market.bar(); ++next_bar_[i]) read(market, next_bar_[i], i);
  if (!sums_.full(i)) return std::nullopt;
  return sums_.mean(i);
}

void MovingAverage::begin(const MarketView& market, InstrumentIndex i) {
  sums_.clear(i);
  std::size_t first = market.bar() + 1;
  for (std::size_t found = 0; first > 0 && found < sums_.window(); --first) {
    if (!std::isnan(column_.value(market, first - 1, i))) ++found;
  }
  next_bar_[i] = first;
  for (; next_bar_[i] <= market.bar(); ++next_bar_[i]) read(market, next_bar_[i], i);
}

void MovingAverage::read(const MarketView& market, std::size_t bar, InstrumentIndex i) {
  if (column_.is_price()) {
    const double split = market.split(bar, i);
    if (!std::isnan(split) && split != 1.0) sums_.rescale(i, 1.0 / split);
  }
  const double value = column_.value(market, bar, i);
  if (!std::isnan(value)) sums_.push(i, value);
}

}  // namespace backtest
