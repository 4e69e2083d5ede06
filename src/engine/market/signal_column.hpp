// A column of the signal table by name (DATA-7): the exact name, else without case, and then the right-most.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/model/panel.hpp"

namespace backtest {

std::optional<std::size_t> find_signal_column(const SignalPanel& signals, std::string_view name);
// Throws InvalidInput when the table has no such column.
std::size_t require_signal_column(const SignalPanel& signals, std::string_view name);

}  // namespace backtest
