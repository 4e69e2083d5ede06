// Text without its blanks, and in lower case. ASCII only: other bytes stay as they are, whatever the locale.
#pragma once

#include <string>
#include <string_view>

namespace backtest {

std::string_view trimmed(std::string_view text);  // of blanks, tabs and line ends on both sides
std::string lower_case(std::string_view text);

}  // namespace backtest
