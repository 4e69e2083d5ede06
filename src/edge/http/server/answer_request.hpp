// From a request whose head is read to its response: whether it is well-formed, which route it takes, who may call
// that, its body, and the route's handler on its pool.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "edge/http/server/connection_table.hpp"
#include "edge/http/server/request_reader.hpp"
#include "edge/http/server/served_request.hpp"
#include "edge/http/server/server_core.hpp"

namespace backtest {

// Fills in what `served` learns on the way. What it throws is no answer about the request: the machine lacks something.
boost::asio::awaitable<HttpResponse> answer_request(ServerCore& core, const ConnectionTable::Peer& peer,
                                                    RequestReader& reader, ServedRequest& served);

}  // namespace backtest
