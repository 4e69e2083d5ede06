// Text and numbers as the tear sheet shows them to a reader. Everything that came from outside goes through escaped().
#pragma once

#include <string>
#include <string_view>

#include "engine/metric/summary.hpp"

namespace backtest {

std::string escaped(std::string_view text);

// For reading, not for parsing: a true minus sign, thousands apart, "n/a" where undefined.
std::string shown_percent(OptionalNumber fraction, int decimals = 2);
std::string shown_signed_percent(OptionalNumber fraction, int decimals = 2);
std::string shown_ratio(OptionalNumber value);
std::string shown_money(OptionalNumber value);  // two decimals below 1,000, else whole
std::string shown_compact(double value);        // 950k, 1.2M
std::string shown_count(std::size_t count);
std::string shown_plural(std::size_t count, std::string_view singular);  // "1 bar", "1,006 bars"

}  // namespace backtest
