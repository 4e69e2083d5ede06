// What a run may start from and what it leaves: a portfolio at the close of a bar, and the targets decided there that
// the next bar executes.
#pragma once

#include <optional>
#include <vector>

#include "engine/model/portfolio_view.hpp"

namespace backtest {

// An order that found no price and is tried again (UnfilledOrders::retry).
struct UnfilledOrder {
  InstrumentIndex instrument = 0;
  double weight = 0.0;  // the target that it is sized for, by the NAV of the bar that fills it
  int bars_left = 0;    // on which it is still tried
};

struct Book {
  double cash = 0.0;
  std::vector<HeldPosition> positions = {};             // ascending by instrument, at the marks of that close
  std::optional<TargetWeights> waiting = std::nullopt;  // decided at that close, not executed yet
  std::vector<UnfilledOrder> unfilled = {};             // ascending by instrument
};

}  // namespace backtest
