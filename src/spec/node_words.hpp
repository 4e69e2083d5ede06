// A node of a config in words for people, and as a JSON value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "spec/tree.hpp"

namespace backtest {

bool is_scalar(const Node& node);
// "'5' (text)", "a list"
std::string described(const Node& node);
json::value json_of(const Node& node);
json::value json_of(std::string_view text);

// At most 60 bytes of a text that somebody else wrote, cut between characters.
std::string shortened(std::string_view text);
// "'a', 'b' or 'c'"
std::string alternatives_text(const std::vector<std::string_view>& names);
// "; did you mean 'x'?" or nothing. It costs a comparison with every word: not made among thousands of symbols.
inline constexpr std::size_t suggestion_words_max = 1000;
std::string suggestion(std::string_view word, const std::vector<std::string_view>& allowed);

}  // namespace backtest
