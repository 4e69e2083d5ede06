// What a run may start from and what it leaves: a portfolio at the close of a bar, and the targets decided there that
// the next bar executes.
#pragma once

#include <optional>
#include <vector>

#include "engine/model/portfolio_view.hpp"

namespace backtest {

struct Book {
  double cash = 0.0;
  std::vector<HeldPosition> positions = {};             // ascending by instrument, at the marks of that close
  std::optional<TargetWeights> waiting = std::nullopt;  // decided at that close, not executed yet
};

}  // namespace backtest
