#include "edge/http/server/answer_request.hpp"

#include "edge/http/message/cross_origin.hpp"
#include "edge/http/message/request_id.hpp"
#include "edge/http/message/request_rules.hpp"
#include "edge/http/server/admit_request.hpp"
#include "edge/http/server/await_pool.hpp"
#include "edge/http/server/caller_address.hpp"
#include "edge/http/server/dispatch.hpp"
#include "edge/http/server/ui_route.hpp"

namespace backtest {

namespace {

namespace asio = boost::asio;

constexpr std::size_t part_size = 256 << 10;  // of an upload: must come within the time of a body

HttpResponse busy(const HttpRequest& request, const char* what) {
  return error_response(HttpError(503, "busy", what).with_header("Retry-After", "1"), request);
}

WorkPool& pool_of(ServerCore& core, Execution execution) {
  switch (execution) {
    case Execution::committing:
      return core.commit_pool;
    case Execution::scrape:
      return core.scrape_pool;
    case Execution::uploading:
      return core.upload_pool;
    default:
      return core.pool;
  }
}

asio::awaitable<HttpResponse> call_on_pool(ServerCore& core, const Route& route, const HttpRequest& request) {
  auto response = co_await on_pool(core, pool_of(core, route.execution),
                                   [&] { return call_handler(core.context, route, request); });
  if (response) co_return std::move(*response);
  co_return busy(request, "too many requests wait already; try again later");
}

// A body that is received part by part, each on the pool before the next is read.
asio::awaitable<HttpResponse> upload(ServerCore& core, RequestReader& reader, ServedRequest& served) {
  const Route& route = *served.route;
  HttpRequest& request = served.request;
  if (core.uploads >= ServerCore::most_uploads) {
    co_return busy(request, "too many uploads are under way; try again later");
  }
  const UploadCount count(core);
  served.is_upload = true;
  auto refused = co_await on_pool(core, core.upload_pool, [&] {
    return refusal_of(route, request, [&] { request.receiver = route.receive(core.context, request); });
  });
  if (!refused) co_return busy(request, "too many requests wait already; try again later");
  if (*refused) co_return std::move(**refused);
  boost::system::error_code error;
  if (const auto unexpected = co_await reader.begin_parts(served, error))
    co_return error_response(*unexpected, request);
  for (std::string part(part_size, '\0'); !error && !reader.is_done();) {
    const std::size_t filled = co_await reader.read_part(part, error);
    if (error || filled == 0) continue;
    refused = co_await on_pool(core, core.upload_pool, [&] {
      return refusal_of(route, request, [&] { request.receiver->receive(std::string_view(part).substr(0, filled)); });
    });
    if (!refused) co_return busy(request, "the disk does not keep up; try again later");
    if (*refused) co_return std::move(**refused);
  }
  if (error) co_return error_response(reader.body_error(), request);
  co_return co_await call_on_pool(core, route, request);
}

// The route of the target; the listener for metrics knows its own alone.
RouteMatch route_match(const ServerCore& core, const ConnectionTable::Peer& peer, const HttpRequest& request) {
  RouteMatch match;
  if (!request.target.trailing_slash) match = match_route(all_routes(), request.method, request.target);
  const bool elsewhere = peer.listener == Listener::metrics && match.route != nullptr &&
                         match.route->pattern != "/metrics" && match.route->pattern != "/healthz";
  if (elsewhere) match = {};
  if (peer.listener == Listener::api) match_ui_file(core.settings, request, match);
  return match;
}

// Reads the target out of the head, or says what is wrong with the head.
std::optional<HttpError> check_head(const ConnectionTable::Peer& peer, const RequestReader& reader,
                                    ServedRequest& served) {
  HttpRequest& request = served.request;
  if (!peer.is_trusted) drop_forwarded_headers(request);
  if (const auto id = request.header("X-Request-Id"); id && is_safe_request_id(*id)) request.request_id = *id;
  if (auto refused = framing_error(request, served.http_1_0)) {
    served.end_uncertain = true;
    return refused;
  }
  auto target = parse_request_target(reader.target());
  if (!target) return HttpError(400, "malformed_request", "the target is malformed");
  request.target = std::move(*target);
  return request_header_error(request, served.http_1_0);
}

}  // namespace

asio::awaitable<HttpResponse> answer_request(ServerCore& core, const ConnectionTable::Peer& peer, RequestReader& reader,
                                             ServedRequest& served) {
  HttpRequest& request = served.request;
  if (const auto refused = check_head(peer, reader, served)) co_return error_response(*refused, request);
  if (const auto refused = enter_through_proxy(core, peer, served)) co_return error_response(*refused, request);
  strip_prefix(request.target, core.settings.api_prefix);
  RouteMatch match = route_match(core, peer, request);
  const Route* route = served.route = match.route;
  request.parameters = std::move(match.parameters);

  if (is_preflight(request, core.settings.cors_origins) && !match.allow.empty()) {
    co_return preflight_response(match.allow, core.settings.auth.api_key_header);
  }
  Access access = needed_access(core.settings, route, request.target);
  if (peer.listener == Listener::metrics) access = Access::open;
  if (access != Access::open) {
    if (const auto refused = co_await admit_caller(core, served, access)) co_return error_response(*refused, request);
  }
  if (route != nullptr && route->receive != nullptr) co_return co_await upload(core, reader, served);
  if (const auto refused = co_await reader.read_body(served)) co_return error_response(*refused, request);
  if (route == nullptr) co_return unmatched_response(match, request);
  if (route->execution == Execution::immediate) co_return call_handler(core.context, *route, request);
  if (route->execution == Execution::joined) {
    co_return co_await core.joined.answer(joined_key(core.context, request),
                                          [&] { return call_on_pool(core, *route, request); });
  }
  co_return co_await call_on_pool(core, *route, request);
}

}  // namespace backtest
