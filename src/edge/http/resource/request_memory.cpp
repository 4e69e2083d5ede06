#include "edge/http/resource/request_memory.hpp"

#include "edge/http/message/problem.hpp"

namespace backtest {

MemoryShare require_memory(ApiContext& context, std::uint64_t bytes, std::chrono::milliseconds patience) {
  MemoryShare share(context.memory);
  if (share.add_within(bytes, patience)) return share;
  throw HttpError(503, "out_of_memory", "other requests need the memory of this one; try again later")
      .with_header("Retry-After", "5");
}

}  // namespace backtest
