// Where each instrument's own closes are: the bar of its k-th close back, and the splits between two bars. Bars without
// a close are kept as exceptions, so that a complete series costs nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/market/market_view.hpp"

namespace backtest {

class OwnCloses {
 public:
  explicit OwnCloses(std::size_t instruments);

  // Reads the bars up to market.bar() that were not read yet.
  void advance(const MarketView& market);

  bool closes_today(InstrumentIndex i) const;
  std::size_t count(InstrumentIndex i) const;
  // The bar of the close `back` closes before today's; requires closes_today(i) and back < count(i).
  std::size_t bar_of(InstrumentIndex i, std::size_t back) const;
  // Product of the splits in force from bars in (after, to].
  double split_factor(InstrumentIndex i, std::size_t after, std::size_t to) const;

 private:
  static constexpr std::uint32_t never = 0xffffffff;
  struct Split {
    std::uint32_t bar;
    double ratio;
  };

  std::size_t next_bar_ = 0;
  std::vector<std::uint32_t> first_bar_;
  std::vector<std::vector<std::uint32_t>> gaps_;  // bars after the first close that have none, ascending
  std::vector<std::vector<Split>> splits_;        // ascending by bar
};

}  // namespace backtest
