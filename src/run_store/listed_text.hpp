// The text that a list is searched for (ListFilter::text), as every store reads it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace backtest {

inline constexpr std::size_t longest_listed_text = 4096;  // bytes; names and ids are shorter
// Lists of so many submitters are read one by one and merged.
inline constexpr std::size_t most_merged_submitters = 8;

// Asks for nothing: every run is listed.
bool is_blank_text(std::string_view text);
// No run can have it: it is too long, or has a character that no store keeps.
bool is_in_no_run(std::string_view text);
// A pattern of LIKE that means the text itself, wherever it stands; `\` escapes.
std::string pattern_of_text(std::string_view text);

}  // namespace backtest
