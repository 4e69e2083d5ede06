// The mean of an instrument's last `days` own values of a column, today's bar included, adjusted for splits up to t
// (DATA-20). Only instruments that are asked about are followed: the first question reads one window back, later ones
// the bars since.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/market/price_column.hpp"
#include "engine/market/rolling_sum.hpp"

namespace backtest {

class MovingAverage {
 public:
  MovingAverage(int days, PriceColumn column, std::size_t instruments);

  // nullopt while the instrument has fewer than `days` values.
  std::optional<double> at(const MarketView& market, InstrumentIndex i);

 private:
  void begin(const MarketView& market, InstrumentIndex i);
  void read(const MarketView& market, std::size_t bar, InstrumentIndex i);

  PriceColumn column_;
  RollingSum sums_;
  std::vector<std::size_t> next_bar_;  // 0 = not followed
};

}  // namespace backtest
