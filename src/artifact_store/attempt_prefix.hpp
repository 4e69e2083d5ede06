// attempts/<epoch>-<token>: where an attempt writes, below its run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace backtest {

inline constexpr std::string_view attempts_directory = "attempts";

std::string attempt_prefix(std::int64_t epoch, std::string_view token);
// The token is letters and digits, so that a prefix is a path of two segments and nothing else.
bool valid_attempt_prefix(std::string_view prefix);
// Of a valid one.
std::int64_t epoch_of_attempt(std::string_view prefix);

}  // namespace backtest
