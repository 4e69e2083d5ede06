// What GET /backtests asks for, checked.
#pragma once

#include "edge/http/message/http_message.hpp"
#include "edge/http/resource/api_context.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

// The runs that the caller may list, by the request's parameters. Throws HttpError.
ListFilter list_filter(const ApiContext& context, const HttpRequest& request);

}  // namespace backtest
