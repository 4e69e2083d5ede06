// From a request to its response: the one place where what handlers throw becomes problem details.
#pragma once

#include <functional>
#include <optional>

#include "edge/http/message/http_message.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/resource/api_context.hpp"
#include "edge/http/server/route.hpp"

namespace backtest {

// What the caller hears where `act` throws as handlers do; nullopt where it does not.
std::optional<HttpResponse> refusal_of(const Route& route, const HttpRequest& request,
                                       const std::function<void()>& act);
HttpResponse call_handler(ApiContext& context, const Route& route, const HttpRequest& request);
HttpResponse error_response(const HttpError& error, const HttpRequest& request);

// What a request asks of its caller. Without a route: below /backtests nothing is told to strangers, not even 404.
Access needed_access(const Settings& settings, const Route* route, const RequestTarget& target);
// 404, 405 with Allow, or the redirect of a trailing slash (API-3).
HttpResponse unmatched_response(const RouteMatch& match, const HttpRequest& request);

}  // namespace backtest
