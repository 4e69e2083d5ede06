// The rules of a named time zone from the system's zone database, as Arrow's vendored reader has them.
#pragma once

#include "data/arrow_tables.hpp"

namespace backtest {

// Throws std::runtime_error for a zone that the system does not know.
std::unique_ptr<const ZoneRules> open_system_zone(const std::string& name);

}  // namespace backtest
