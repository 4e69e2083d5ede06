// The text form of doubles in every file and reply (NUM-8): shortest digits that round-trip, positional where
// 1e-4 <= |v| < 1e16, else an exponent of at least two digits; integral values keep ".0". Zero has no sign.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backtest {

// Appends v. NaN appends nothing (an empty CSV field); infinities append "inf" / "-inf".
void append_number(std::string& out, double v);
std::string number_text(double v);

// A correctly rounded decimal number filling the whole text ("1", "-2.5e3", "inf", "nan"), independent of locale;
// a leading '+' is accepted. nullopt otherwise.
std::optional<double> parse_number(std::string_view text);

}  // namespace backtest
