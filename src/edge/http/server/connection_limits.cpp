#include "edge/http/server/connection_limits.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>

namespace backtest {

namespace {

constexpr std::uint64_t kept_for_stores = 96;  // stores, listeners, logs, files of configs, libraries
constexpr std::uint64_t kept_per_child = 8;    // two pipes, both ends while the child starts; files while sealing
constexpr std::uint64_t per_connection = 2;    // its own and that of the file it is sent
constexpr int fewest_connections = 8;
constexpr std::uint64_t program_bytes = 160 << 20;    // code, stores, threads, allocator
constexpr std::uint64_t connection_bytes = 24 << 10;  // coroutine, header, buffers
constexpr std::uint64_t tls_bytes = 56 << 10;         // of a connection besides: records in and out, OpenSSL's state
constexpr std::uint64_t least_request_bytes = 48 << 20;

std::uint64_t kept_descriptors(int children) {
  return kept_for_stores + kept_per_child * static_cast<std::uint64_t>(children) +
         static_cast<std::uint64_t>(ConnectionLimits{}.metrics);
}

}  // namespace

std::uint64_t descriptor_limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
}

void keep_little_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
  mallopt(M_ARENA_MAX, 4);
}

std::uint64_t memory_for_requests(const HttpLimits& limits, const ConnectionLimits& connections, bool is_encrypted) {
  const auto all = static_cast<std::uint64_t>(limits.memory_mb) << 20;
  const std::uint64_t kept =
      program_bytes + (connection_bytes + (is_encrypted ? tls_bytes : 0)) * static_cast<std::uint64_t>(connections.all);
  return all > kept + least_request_bytes ? all - kept : least_request_bytes;
}

std::uint64_t fewest_descriptors(int children) {
  return kept_descriptors(children) + per_connection * static_cast<std::uint64_t>(fewest_connections);
}

ConnectionLimits connection_limits(const HttpLimits& limits, std::uint64_t descriptors, int children) {
  ConnectionLimits derived;
  const std::uint64_t kept = kept_descriptors(children);
  const std::uint64_t possible = descriptors > kept ? (descriptors - kept) / per_connection : 0;
  const auto most = static_cast<int>(std::min<std::uint64_t>(possible, 1'000'000));
  derived.all = std::min(limits.connections, std::max(most, fewest_connections));
  const int wanted = limits.connections_per_address > 0 ? limits.connections_per_address : (derived.all + 1) / 2;
  derived.per_address = std::min(wanted, derived.all);
  return derived;
}

}  // namespace backtest
