// Memory for what a request makes on its way to an answer. What the answer itself holds is taken by the server.
#pragma once

#include <chrono>
#include <cstdint>

#include "edge/http/message/memory_budget.hpp"
#include "edge/http/resource/api_context.hpp"

namespace backtest {

// Waits a little for requests under way to end, with a thread of the pool that others wait for; HttpError 503 where
// they do not.
MemoryShare require_memory(ApiContext& context, std::uint64_t bytes,
                           std::chrono::milliseconds patience = std::chrono::milliseconds(1'000));

}  // namespace backtest
