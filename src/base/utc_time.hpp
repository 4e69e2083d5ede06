// Points in time as UTC microseconds since 1970 and their one text form (ART-2).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/date.hpp"

namespace backtest {

inline constexpr std::int64_t microseconds_per_day = 86'400'000'000;

// 2024-01-31T12:34:56.000001+00:00; the fraction is left out when it is zero.
std::string utc_text(std::int64_t microseconds);
// That form, also with 'Z' and with 1 to 6 digits of fraction; other offsets are nullopt.
std::optional<std::int64_t> parse_utc(std::string_view text);
std::int64_t utc_now();
Date utc_today();

}  // namespace backtest
