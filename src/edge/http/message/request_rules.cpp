#include "edge/http/message/request_rules.hpp"

#include <algorithm>
#include <array>

#include "base/ascii_text.hpp"

namespace backtest {

namespace {

HttpError malformed(const std::string& detail) {
  return HttpError(400, "malformed_request", detail);
}

}  // namespace

std::optional<HttpError> framing_error(const HttpRequest& request, bool http_1_0) {
  std::string codings;
  for (const auto& [name, value] : request.headers) {
    if (equal_ignoring_case(name, "Transfer-Encoding")) codings.append(codings.empty() ? "" : ",").append(value);
  }
  if (!request.header("Transfer-Encoding")) return std::nullopt;
  if (http_1_0) return malformed("HTTP/1.0 has no Transfer-Encoding");
  if (request.header("Content-Length")) {
    return malformed("Transfer-Encoding and Content-Length cannot stand together");
  }
  const std::vector<std::string> list = comma_list(codings);
  const auto is_chunked = [](std::string_view coding) { return equal_ignoring_case(coding, "chunked"); };
  if (list.empty() || !is_chunked(list.back()) || std::ranges::count_if(list, is_chunked) != 1) {
    return malformed("Transfer-Encoding must end in chunked, once");
  }
  if (list.size() > 1) return HttpError(501, "coding_not_supported", "chunked is the only transfer coding here");
  return std::nullopt;
}

std::optional<HttpError> request_header_error(const HttpRequest& request, bool http_1_0) {
  const std::size_t hosts = request.header_count("Host");
  if (hosts > 1 || (hosts == 0 && !http_1_0)) return malformed("a request has one Host header");
  if (hosts == 1 && !parse_authority(*request.header("Host"))) {
    return malformed("the Host header must be a host, and a port after a colon where there is one");
  }
  if (request.header_count("Idempotency-Key") > 1) {
    return HttpError(400, "invalid_idempotency_key", "a request has one Idempotency-Key at most");
  }
  static constexpr std::array single = {"Content-Type", "Expect", "If-Range", "Last-Event-ID", "Origin", "Range"};
  for (const char* name : single) {
    if (request.header_count(name) > 1) return malformed(std::string(name) + " may be given once only");
  }
  return std::nullopt;
}

bool asks_for_a_version(std::string_view begin) {
  const std::string_view line = begin.substr(0, begin.find("\r\n"));
  if (line.size() == begin.size() || std::ranges::count(line, ' ') != 2) return false;
  const std::string_view version = line.substr(line.rfind(' ') + 1);
  return version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) && version[6] == '.' &&
         is_digit(version[7]);
}

Authority requested_authority(const HttpRequest& request) {
  if (!request.target.authority.empty()) return parse_authority(request.target.authority).value_or(Authority{});
  return parse_authority(request.header("Host").value_or("localhost")).value_or(Authority{});
}

}  // namespace backtest
