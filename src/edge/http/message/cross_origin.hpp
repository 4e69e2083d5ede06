// Cross-origin requests of browsers (the Fetch standard's CORS) from the pages that BACKTEST_CORS_ORIGINS names, word
// for word. Cookies and other credentials that a browser adds by itself are never allowed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "edge/http/message/http_message.hpp"

namespace backtest {

bool is_preflight(const HttpRequest& request, const std::vector<std::string>& origins);
// `allow`: the methods of the path.
HttpResponse preflight_response(std::string_view allow, std::string_view api_key_header);
// On every answer where origins are set, errors too: else the page could not read why.
void add_cross_origin_headers(const HttpRequest& request, HttpResponse& response,
                              const std::vector<std::string>& origins);

}  // namespace backtest
