#include "edge/http/message/cross_origin.hpp"

#include <algorithm>

namespace backtest {

namespace {

bool is_allowed(const HttpRequest& request, const std::vector<std::string>& origins) {
  const auto origin = request.header("Origin");
  return origin && std::ranges::find(origins, *origin) != origins.end();
}

}  // namespace

bool is_preflight(const HttpRequest& request, const std::vector<std::string>& origins) {
  return request.method == "OPTIONS" && request.header("Access-Control-Request-Method") && is_allowed(request, origins);
}

HttpResponse preflight_response(std::string_view allow, std::string_view api_key_header) {
  HttpResponse response;
  response.status = 204;
  response.set("Access-Control-Allow-Methods", std::string(allow));
  response.set("Access-Control-Allow-Headers",
               "Authorization, Content-Type, Idempotency-Key, If-None-Match, If-Range, Last-Event-ID, Range, "
               "X-Content-SHA256, X-Request-Id, " +
                   std::string(api_key_header));
  response.set("Access-Control-Max-Age", "600");
  return response;
}

void add_cross_origin_headers(const HttpRequest& request, HttpResponse& response,
                              const std::vector<std::string>& origins) {
  if (origins.empty()) return;
  response.set("Vary", "Origin");
  if (!is_allowed(request, origins)) return;
  response.set("Access-Control-Allow-Origin", std::string(*request.header("Origin")));
  response.set("Access-Control-Expose-Headers",
               "Content-Disposition, Content-Range, ETag, Idempotent-Replayed, Location, Retry-After, X-Request-Id");
}

}  // namespace backtest
