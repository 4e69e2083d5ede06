// Bytes as lowercase hexadecimal digits, two for each.
#pragma once

#include <string>
#include <string_view>

namespace backtest {

std::string hex_text(std::string_view bytes);
// Whether there is nothing but such digits.
bool is_hex_text(std::string_view text);

}  // namespace backtest
