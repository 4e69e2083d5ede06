#include "engine/ledger/entry_state.hpp"

#include <cmath>

#include "engine/model/tolerance.hpp"

namespace backtest {

void enter(HeldPosition& position, const Fill& fill, bool at_open) {
  const double before = position.shares;
  const double after = before + fill.quantity;
  if (std::abs(after) < epsilon) {
    position.shares = 0.0;
    return;
  }
  position.shares = after;
  if (before == 0.0 || (before > 0.0) != (after > 0.0)) {
    position.average_entry_price = fill.price;
    position.entry_bar = fill.bar;
    position.entered_at_open = at_open;
  } else if (std::abs(after) > std::abs(before) + epsilon) {
    position.average_entry_price =
        (std::abs(before) * position.average_entry_price + std::abs(fill.quantity) * fill.price) / std::abs(after);
  }
}

}  // namespace backtest
