// The keyset cursor of GET /backtests as opaque text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "run_store/run_store.hpp"

namespace backtest {

std::string cursor_text(const ListCursor& cursor, const ListFilter& filter);
// Nullopt for what is no cursor of that filter's order.
std::optional<ListCursor> parse_cursor(std::string_view text, const ListFilter& filter);

}  // namespace backtest
