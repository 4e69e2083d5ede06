// What sizers leave out of the names that strategies want (SZ-10).
#pragma once

#include <cstddef>
#include <cstdint>

namespace backtest {

enum class SizerLimit : std::uint8_t { max_positions, max_longs, max_shorts, holds_no_shorts };

// How often a sizer left out names because of one limit.
struct SizerCut {
  std::int32_t leg = -1;  // -1 = the top-level strategy
  SizerLimit limit = SizerLimit::max_positions;
  std::uint64_t rebalances = 0;
  std::size_t names_at_most = 0;  // at one rebalance
  std::uint32_t first_bar = 0;
};

}  // namespace backtest
