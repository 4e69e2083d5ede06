#include "service/descriptor_reserve.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <stdexcept>

namespace backtest {

namespace {

constexpr int of_one_attempt = 8;  // two pipes, both ends while the child starts; directories and files while sealing
constexpr int of_the_stores = 64;  // connections or readers of the run store, files of artifacts being read and written
constexpr int of_the_process = 32;  // standard streams, event descriptors, listening sockets, libraries
constexpr int least_connections = 16;

}  // namespace

int needed_descriptors(const Settings& settings) {
  return of_one_attempt * settings.max_concurrent + of_the_stores + of_the_process;
}

void reserve_descriptors(const Settings& settings) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  const rlim_t least = static_cast<rlim_t>(needed_descriptors(settings) + least_connections);
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < least) {
    throw std::runtime_error(
        fmt::format("the limit of open files is {} (ulimit -n); with BACKTEST_MAX_CONCURRENT={} at least {} are needed",
                    limit.rlim_cur, settings.max_concurrent, least));
  }
}

}  // namespace backtest
