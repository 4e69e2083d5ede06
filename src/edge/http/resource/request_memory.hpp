// Memory for what a request makes on its way to an answer. What the answer itself holds is taken by the server.
#pragma once

#include <cstdint>

#include "edge/http/message/memory_budget.hpp"
#include "edge/http/resource/api_context.hpp"

namespace backtest {

// Waits a little for requests under way to end; HttpError 503 where they do not.
MemoryShare require_memory(ApiContext& context, std::uint64_t bytes);

}  // namespace backtest
