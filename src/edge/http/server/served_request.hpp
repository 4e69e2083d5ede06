// One request of a connection while it is answered, and what it holds meanwhile.
#pragma once

#include <chrono>
#include <optional>

#include "edge/http/message/http_message.hpp"
#include "edge/http/message/memory_budget.hpp"
#include "edge/http/server/request_counts.hpp"
#include "edge/http/server/route.hpp"

namespace backtest {

struct ServedRequest {
  HttpRequest request;
  const Route* route = nullptr;  // null until it is matched, and where it matches none
  std::chrono::steady_clock::time_point started{};
  bool http_1_0 = false;
  bool head_only = false;
  bool end_uncertain = false;  // where it ends: nothing is read after it
  bool is_upload = false;      // its body is taken part by part
  bool answer_begun = false;   // bytes of it may have gone out, so that no other can be given
  std::optional<ThroughProxy> through_proxy;
  MemoryShare body_memory;
};

}  // namespace backtest
