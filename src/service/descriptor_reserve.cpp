#include "service/descriptor_reserve.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdint>
#include <stdexcept>

#include "edge/http/server/connection_limits.hpp"

namespace backtest {

void reserve_descriptors(const Settings& settings) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  const std::uint64_t least = fewest_descriptors(settings.max_concurrent);
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < least) {
    throw std::runtime_error(
        fmt::format("the limit of open files is {} (ulimit -n); with BACKTEST_MAX_CONCURRENT={} at least {} are needed",
                    limit.rlim_cur, settings.max_concurrent, least));
  }
}

}  // namespace backtest
