// A run's tags: short words that people give to runs and find them by.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace backtest {

inline constexpr std::size_t most_tags = 20;
inline constexpr std::size_t longest_tag = 64;       // characters
inline constexpr std::size_t longest_note = 10'000;  // characters

// Without blanks at their ends, sorted, each once; or what is wrong with them, for people.
std::expected<std::vector<std::string>, std::string> checked_tags(std::vector<std::string> tags);

// As databases keep them: a JSON array, or nothing where there are none.
std::optional<std::string> tags_text(const std::vector<std::string>& tags);
// None where the text is no such array.
std::vector<std::string> tags_of(const std::optional<std::string>& text);

}  // namespace backtest
