// Text of people, which is UTF-8: limits on it count characters, so that every script has as many.
#pragma once

#include <cstddef>
#include <string_view>

namespace backtest {

// Code points of UTF-8 text. Other bytes than UTF-8's count as one each, or less.
std::size_t character_count(std::string_view text);

}  // namespace backtest
