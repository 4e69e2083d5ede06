// Identifiers from the operating system's cryptographic source.
#pragma once

#include <string>

#include "base/date.hpp"

namespace backtest {

std::string random_hex(int digits);
std::string random_uuid();           // version 4, lower case
std::string new_run_id(Date today);  // RUN20240131-0123456789abcdef (CFG-22 with 16 hex digits)

}  // namespace backtest
