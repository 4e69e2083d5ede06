// The table of what the service answers (API-10..34 and what came beside them). openapi.json describes the same
// table; a test compares them.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/http/auth/access.hpp"
#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/api_context.hpp"

namespace backtest {

enum class Execution {
  immediate,  // on the I/O thread: touches neither store nor file
  pooled,
  joined,      // pooled, and one call for all who ask the same at a time: the answer depends on joined_key() alone
  committing,  // waits for a commit of the run store, on threads of its own
  scrape,      // on a thread of its own, so that it answers also where all others wait
  uploading,   // takes as long as a large file does, on threads of its own
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/backtests/{run_id}/artifacts/{name*}": {x} is a segment, {x*} is the rest
  Access access;
  Execution execution;
  HttpResponse (*handle)(ApiContext&, const HttpRequest&);
  bool in_openapi = true;
  // Of a route whose body is received part by part, before it is read: on its pool.
  std::shared_ptr<BodyReceiver> (*receive)(ApiContext&, const HttpRequest&) = nullptr;
};

std::span<const Route> all_routes();

struct RouteMatch {
  const Route* route = nullptr;  // null: no such path, or not with that method
  std::vector<std::pair<std::string_view, std::string>> parameters;
  std::string allow;  // the methods of the path, where only the method is wrong
};

// HEAD is answered by GET's handler.
RouteMatch match_route(std::span<const Route> routes, std::string_view method, const RequestTarget& target);

}  // namespace backtest
