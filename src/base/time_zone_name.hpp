// The name of a time zone as configs write it: UTC, an offset like +09:00, or a name of the system's zone database.
#pragma once

#include <string>
#include <string_view>

namespace backtest {

inline constexpr std::string_view zone_database = "/usr/share/zoneinfo";

// False where this system knows no such zone. True where nobody can say, because the database is not there.
bool may_be_time_zone(const std::string& name, std::string_view database = zone_database);

}  // namespace backtest
