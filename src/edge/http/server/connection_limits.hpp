// What clients may take of the machine: derived from the settings and from what this process may have, once, at start.
#pragma once

#include <cstdint>

#include "settings/settings.hpp"

namespace backtest {

struct ConnectionLimits {
  int all = 0;          // of the API
  int per_address = 0;  // of those, where the address is not a trusted proxy's
  int metrics = 16;
};

// What the settings ask for, as far as `descriptors` (RLIMIT_NOFILE) suffice: each connection may need two, and stores,
// logs and `children` attempts have theirs kept for them, so that an accepted run can be executed and stored whatever
// clients do.
ConnectionLimits connection_limits(const HttpLimits& limits, std::uint64_t descriptors, int children);
// With fewer a process with so many attempts at once does not start.
std::uint64_t fewest_descriptors(int children);
// What requests and answers may hold of BACKTEST_MEMORY_MB: the rest is the program's own and the connections'.
std::uint64_t memory_for_requests(const HttpLimits& limits, const ConnectionLimits& connections, bool is_encrypted);
// Those that this process may open.
std::uint64_t descriptor_limit();
// Lets the allocator give large buffers back to the system when they are freed: else what the service needed once, and
// in many threads, would stay with it for ever and count against its memory.
void keep_little_freed_memory();

}  // namespace backtest
