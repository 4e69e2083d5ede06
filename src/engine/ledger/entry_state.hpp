// What a fill does to a position's shares and entry (BRK-13..15).
#pragma once

#include "engine/model/fill.hpp"
#include "engine/model/portfolio_view.hpp"

namespace backtest {

// `position` has shares 0 where the instrument was not held. Afterwards shares 0 means that the position is gone.
// A new position or a change of sign is a new entry at the fill price; adding averages; reducing keeps the entry.
void enter(HeldPosition& position, const Fill& fill, bool at_open);

}  // namespace backtest
