// The store's clocks at one moment. What people read is UTC, which may be set; leases go by the time since the machine
// was started, which nobody can set and which goes on while it sleeps.
#pragma once

#include <string>

#include "run_store/run_record.hpp"

namespace backtest {

struct Moment {
  StoreTime utc = 0;
  StoreTime uptime = 0;  // microseconds since the start that `boot` names
  std::string boot;
};

// CLOCK_BOOTTIME, and the kernel's random id of this start. Equal in all processes of a host.
StoreTime uptime_now();
std::string current_boot();

}  // namespace backtest
