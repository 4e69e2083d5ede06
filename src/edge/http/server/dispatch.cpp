#include "edge/http/server/dispatch.hpp"

#include <new>
#include <system_error>

#include "base/log.hpp"
#include "edge/http/message/content_encoding.hpp"

namespace backtest {

namespace {

// What an answer holds while it is made of a source: parts on their way, and the compressor's state.
constexpr std::uint64_t source_bytes = 192 << 10;
constexpr std::uint64_t gzip_bytes = 320 << 10;

bool below_backtests(const RequestTarget& target) {
  return !target.segments.empty() && target.segments.front() == "backtests";
}

template <typename Act>
HttpResponse answered(const Route& route, const HttpRequest& request, Act&& act) {
  try {
    return act();
  } catch (const HttpError& error) {
    return error_response(error, request);
  } catch (const InvalidInput& invalid) {
    return error_response(invalid_config(invalid.diagnostics()), request);
  } catch (const StoreUnavailable& error) {
    log_error("the run store failed a request",
              {{"request_id", request.request_id}, {"route", route.pattern}, {"reason", error.what()}});
    return error_response(
        HttpError(503, "store_unavailable", "the run store is not available").with_header("Retry-After", "1"), request);
  } catch (const std::system_error& error) {
    // Descriptors, permissions, the disk: the machine's fault and not an answer about what is there.
    log_error("a request could not read what it needs",
              {{"request_id", request.request_id}, {"route", route.pattern}, {"reason", error.what()}});
    return error_response(
        HttpError(503, "storage_unavailable", "files cannot be read now").with_header("Retry-After", "5"), request);
  } catch (const std::bad_alloc&) {
    return error_response(
        HttpError(503, "out_of_memory", "the request needs more memory than there is").with_header("Retry-After", "5"),
        request);
  } catch (const std::exception& error) {
    log_error("a request failed",
              {{"request_id", request.request_id}, {"route", route.pattern}, {"reason", error.what()}});
    return error_response(HttpError(500, "internal_error", "the request failed; the log has the reason"), request);
  }
}

}  // namespace

HttpResponse error_response(const HttpError& error, const HttpRequest& request) {
  return problem_response(error, request.request_id);
}

HttpResponse call_handler(ApiContext& context, const Route& route, const HttpRequest& request) {
  return answered(route, request, [&] {
    HttpResponse response = route.handle(context, request);
    // Where the handler has taken memory, the answer goes on with that share.
    if (response.memory.bytes() == 0) response.memory = MemoryShare(context.memory);
    bool has_room = response.memory.add(response.source ? source_bytes : 2 * response.body.size());
    if (has_room) {
      encode_body(request, response);
      if (response.source && response.header("Content-Encoding")) has_room = response.memory.add(gzip_bytes);
    }
    if (has_room) return response;
    return error_response(HttpError(503, "out_of_memory", "too many answers are being sent; try again later")
                              .with_header("Retry-After", "5"),
                          request);
  });
}

std::optional<HttpResponse> refusal_of(const Route& route, const HttpRequest& request,
                                       const std::function<void()>& act) {
  bool is_done = false;
  HttpResponse response = answered(route, request, [&] {
    act();
    is_done = true;
    return HttpResponse();
  });
  return is_done ? std::nullopt : std::optional(std::move(response));
}

Access needed_access(const Settings& settings, const Route* route, const RequestTarget& target) {
  if (route == nullptr) return below_backtests(target) ? Access::read : Access::open;
  // Its numbers count everybody's runs.
  if (settings.auth.access == RunAccess::own && route->pattern == "/metrics") return Access::admin;
  return route->access;
}

HttpResponse unmatched_response(const RouteMatch& match, const HttpRequest& request) {
  const RequestTarget& target = request.target;
  if (below_backtests(target) && target.trailing_slash) {
    HttpResponse redirect;
    redirect.status = 307;
    std::string location = target.raw_path;
    while (location.ends_with('/')) location.pop_back();
    if (!target.raw_query.empty()) location += "?" + target.raw_query;
    redirect.set("Location", location);
    return redirect;
  }
  if (match.allow.empty()) return error_response(HttpError(404, "not_found", "there is nothing at this path"), request);
  return error_response(
      HttpError(405, "method_not_allowed", "this path answers " + match.allow).with_header("Allow", match.allow),
      request);
}

}  // namespace backtest
