// Text without its blanks, in lower case, and as the items of a list. ASCII only: other bytes stay as they are,
// whatever the locale.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace backtest {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
std::string_view trimmed(std::string_view text);  // of blanks, tabs and line ends on both sides
std::string lower_case(std::string_view text);
// Items of a comma list, trimmed, empty ones left out.
std::vector<std::string> comma_list(std::string_view text);

}  // namespace backtest
