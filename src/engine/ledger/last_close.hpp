// The last close before a bar, for a position that was entered on a bar without one.
#pragma once

#include <cstddef>

#include "engine/model/panel.hpp"

namespace backtest {

// In the share basis of `bar` (later splits divide it); `none` where the instrument has no earlier close.
double last_close_before(const Panel& panel, std::size_t bar, InstrumentIndex instrument, double none);

}  // namespace backtest
