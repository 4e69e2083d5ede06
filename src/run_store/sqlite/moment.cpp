#include "run_store/sqlite/moment.hpp"

#include <time.h>

#include <fstream>

#include "run_store/run_store.hpp"

namespace backtest {

StoreTime uptime_now() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1'000;
}

std::string current_boot() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (!(file >> id)) {
    throw StoreUnavailable("cannot read /proc/sys/kernel/random/boot_id, which tells leases of before a restart apart");
  }
  return id;
}

}  // namespace backtest
