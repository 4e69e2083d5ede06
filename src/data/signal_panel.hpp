// The signal table of a request, aligned to the bars and instruments of its prices.
#pragma once

#include <optional>
#include <vector>

#include "data/load.hpp"

namespace backtest {

// Reads the wanted columns that the table has; a rule that needs another says so itself. Rows of other days, other
// symbols and warm-up bars are left out. nullopt without a signal path, or without any row that is left (DATA-9).
std::optional<SignalPanel> load_signals(const LoadRequest& request, const Panel& prices,
                                        std::vector<Diagnostic>& warnings);

}  // namespace backtest
