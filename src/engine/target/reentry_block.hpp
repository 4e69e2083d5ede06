// Instruments that may not be entered again for some bars after they left the book.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "engine/model/panel.hpp"

namespace backtest {

class ReentryBlock {
 public:
  explicit ReentryBlock(std::size_t instruments) : first_free_bar_(instruments, 0) {}

  // Left at `bar`; blocked for the `bars` bars after it. The longer of two blocks holds.
  void start(InstrumentIndex i, std::size_t bar, int bars) {
    if (bars > 0) first_free_bar_[i] = std::max(first_free_bar_[i], bar + static_cast<std::size_t>(bars) + 1);
  }
  bool holds(InstrumentIndex i, std::size_t bar) const { return bar < first_free_bar_[i]; }

 private:
  std::vector<std::size_t> first_free_bar_;
};

}  // namespace backtest
