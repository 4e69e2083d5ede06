// The name of a time zone as configs write it: UTC, an offset like +09:00, or a name of the system's zone database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backtest {

inline constexpr std::string_view zone_database = "/usr/share/zoneinfo";

// Seconds ahead of UTC, of UTC under each of its names (an empty one too) and of an offset; nullopt of every other
// text.
std::optional<std::int64_t> fixed_offset_s(std::string_view name);
// False where this system knows no such zone. True where nobody can say, because the database is not there.
bool may_be_time_zone(const std::string& name, std::string_view database = zone_database);
// For people.
std::string unknown_time_zone(const std::string& name);

}  // namespace backtest
