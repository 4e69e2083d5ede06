// Who may have a request answered: places behind proxies, rates, and who the caller is. Each gives the reason for a
// refusal, or nullopt.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "edge/http/auth/access.hpp"
#include "edge/http/message/problem.hpp"
#include "edge/http/server/connection_table.hpp"
#include "edge/http/server/served_request.hpp"
#include "edge/http/server/server_core.hpp"

namespace backtest {

// Sets the caller's address. Behind a proxy that speaks for many, callers have as many requests under way as others
// have connections.
std::optional<HttpError> enter_through_proxy(ServerCore& core, const ConnectionTable::Peer& peer,
                                             ServedRequest& served);

// Sets the principal, and counts the request for its address and its caller. Where a token's key is not known yet, it
// waits for the provider's.
boost::asio::awaitable<std::optional<HttpError>> admit_caller(ServerCore& core, ServedRequest& served, Access access);

}  // namespace backtest
