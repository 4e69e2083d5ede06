// Any bytes as a request target, a JSON body, a cursor, a token and base64: they are read or refused, and never worse.
#include <cstdint>
#include <string_view>

#include "base/assertion.hpp"
#include "edge/http/auth/access_token.hpp"
#include "edge/http/message/base64url.hpp"
#include "edge/http/message/content_encoding.hpp"
#include "edge/http/message/json_body.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/list_cursor.hpp"
#include "edge/http/server/route.hpp"

using namespace backtest;

namespace {

void check_target(std::string_view text) {
  const auto target = parse_request_target(text);
  if (!target) return;
  for (const std::string& segment : target->segments) {
    for (char c : segment) BACKTEST_ASSERT(static_cast<unsigned char>(c) >= 0x20, "no control character is decoded");
  }
  const RouteMatch match = match_route(all_routes(), "GET", *target);
  for (const auto& [name, value] : match.parameters) {
    BACKTEST_ASSERT(match.route->pattern.find(name) != std::string_view::npos, "parameters are the route's");
  }
}

void check_json(std::string_view text) {
  try {
    const json::value value = parse_json_body(text);
    BACKTEST_ASSERT(json_text(parse_json_body(json_text(value))) == json_text(value), "what is written reads the same");
  } catch (const HttpError& error) {
    BACKTEST_ASSERT(error.status == 422, "a bad body is the caller's error");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_target(text);
  check_json(text);
  parse_access_token(text);
  accepts_gzip(text);
  if (const auto cursor = parse_cursor(text, {})) {
    BACKTEST_ASSERT(parse_cursor(cursor_text(*cursor, {}), {})->run_id == cursor->run_id, "a cursor's text is stable");
  }
  if (const auto bytes = base64url_decoded(text)) {
    BACKTEST_ASSERT(base64url_encoded(*bytes) == text, "base64 has one spelling");
  }
  return 0;
}
