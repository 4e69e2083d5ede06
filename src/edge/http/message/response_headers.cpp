#include "edge/http/message/response_headers.hpp"

#include <ctime>

namespace backtest {

namespace {

std::string http_date() {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm t{};
  gmtime_r(&now, &t);
  const auto two = [](int v) { return std::to_string(100 + v).substr(1); };
  return std::string(days[t.tm_wday]) + ", " + two(t.tm_mday) + " " + months[t.tm_mon] + " " +
         std::to_string(1900 + t.tm_year) + " " + two(t.tm_hour) + ":" + two(t.tm_min) + ":" + two(t.tm_sec) + " GMT";
}

}  // namespace

void add_security_headers(const HttpRequest& request, HttpResponse& response,
                          std::string_view content_security_policy) {
  const auto add = [&](const char* name, std::string_view value) {
    if (!response.header(name)) response.set(name, std::string(value));
  };
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "strict-origin-when-cross-origin");
  // A policy of an answer's own says itself who may frame it, which browsers put before the older header.
  const std::string_view own_policy = response.header("Content-Security-Policy").value_or("");
  if (own_policy.find("frame-ancestors") == std::string_view::npos) add("X-Frame-Options", "DENY");
  add("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
  add("Cross-Origin-Opener-Policy", "same-origin");
  add("Content-Security-Policy", content_security_policy);
  // TLS ends before the service, which is told so; over plain HTTP the header must not be sent (RFC 6797, 7.2).
  if (request.header("X-Forwarded-Proto") == "https") add("Strict-Transport-Security", "max-age=31536000");
}

std::string response_head(const HttpResponse& response, const HeadOptions& options) {
  std::string head = options.http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += reason_phrase(response.status);
  head += "\r\nDate: " + http_date() + "\r\n";
  for (const auto& [name, value] : response.headers) {
    // Values are made here or checked before; a line break in one would be a second header.
    if (value.find_first_of("\r\n") != std::string::npos) continue;
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (options.framing == BodyFraming::length) head += "Content-Length: " + std::to_string(options.length) + "\r\n";
  if (options.framing == BodyFraming::chunked) head += "Transfer-Encoding: chunked\r\n";
  if (!options.keep_alive) head += "Connection: close\r\n";
  if (options.keep_alive && options.http_1_0) head += "Connection: keep-alive\r\n";
  return head + "\r\n";
}

}  // namespace backtest
