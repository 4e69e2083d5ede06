#include "base/utf8_text.hpp"

#include <algorithm>

namespace backtest {

std::size_t character_count(std::string_view text) {
  // Every byte but those that continue a character begins one.
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace backtest
