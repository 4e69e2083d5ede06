#include "edge/cli/shown_number.hpp"

#include <fmt/format.h>

namespace backtest {

std::string shown_number(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  const bool is_zero = text.find_first_not_of("-0.") == std::string::npos;
  if (is_zero && text.starts_with('-')) text.erase(0, 1);
  return text;
}

}  // namespace backtest
