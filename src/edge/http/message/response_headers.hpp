// What every response carries, errors and redirects included (API-4, W-87), and the bytes of a response's head.
#pragma once

#include <string>
#include <string_view>

#include "edge/http/message/http_message.hpp"

namespace backtest {

enum class BodyFraming { none, length, chunked, until_close };

struct HeadOptions {
  BodyFraming framing = BodyFraming::length;
  std::uint64_t length = 0;
  bool keep_alive = true;
  bool http_1_0 = false;
};

void add_security_headers(const HttpRequest& request, HttpResponse& response, std::string_view content_security_policy);
std::string response_head(const HttpResponse& response, const HeadOptions& options);

}  // namespace backtest
