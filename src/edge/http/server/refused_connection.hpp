// The answer to a connection for which there is no room: without reading, and without waiting. Over TLS there is none.
#pragma once

#include <boost/asio/ip/tcp.hpp>

namespace backtest {

struct ServerCore;

void refuse_connection(ServerCore& core, boost::asio::ip::tcp::socket& socket);

}  // namespace backtest
