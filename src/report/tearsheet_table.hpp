// Cells and tables of the tear sheet. Text is HTML already.
#pragma once

#include <string>
#include <string_view>

#include "engine/metric/summary.hpp"

namespace backtest {

std::string cell(const std::string& text, bool negative = false);
std::string left_cell(const std::string& text);
std::string percent_cell(OptionalNumber value, int decimals = 2);  // red below 0

// `label` says what the table is about to who cannot see it.
std::string table(std::string_view label, std::string_view head, const std::string& rows,
                  std::string_view css_class = "");

// A name of at most some 24 characters, not escaped: what is cut off ends in an ellipsis.
std::string short_name(std::string_view name);

}  // namespace backtest
