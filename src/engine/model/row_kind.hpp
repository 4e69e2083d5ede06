// What Panel::has_row says of a cell: anything but 0 is a row.
#pragma once

#include <cstdint>

namespace backtest {

inline constexpr std::uint8_t row_with_price = 1;
// As melted tables go on after a delisting. It is a row for all but delistings and what looks like them (DATA-26).
inline constexpr std::uint8_t row_without_price = 2;

}  // namespace backtest
