// Returns of some instruments over the last bars, for a covariance: closes adjusted for splits up to t, a missing close
// carried from the one before (SZ-3, SZ-4). A bar on which none of them has a close is no row.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "engine/market/market_view.hpp"

namespace backtest {

struct ReturnWindow {
  std::size_t max_rows = std::numeric_limits<std::size_t>::max();  // the last ones, before incomplete ones drop out
  std::size_t first_bar = 0;                                       // closes before it are not known
};

class ReturnSample {
 public:
  explicit ReturnSample(std::size_t instruments) : no_close_before_(instruments, 0) {}

  // Whether the instrument has a close that the window knows. One without has no returns, and would leave no complete
  // row to the others.
  bool has_close(const MarketView& market, InstrumentIndex i, const ReturnWindow& window);
  // Complete rows only, oldest first.
  void collect(const MarketView& market, const std::vector<InstrumentIndex>& instruments, const ReturnWindow& window);

  std::size_t rows() const { return columns_ == 0 ? 0 : values_.size() / columns_; }
  const std::vector<double>& values() const { return values_; }  // row-major

 private:
  std::size_t first_needed_bar(const MarketView& market, const std::vector<InstrumentIndex>& instruments,
                               const ReturnWindow& window) const;
  double close_before(const MarketView& market, std::size_t bar, std::size_t first_bar, InstrumentIndex i);

  std::size_t columns_ = 0;
  std::vector<double> values_;
  std::vector<double> price_;                 // the carried close of each, in the unit of the bar that is read
  std::vector<std::size_t> no_close_before_;  // no close of the instrument lies before this bar
};

}  // namespace backtest
