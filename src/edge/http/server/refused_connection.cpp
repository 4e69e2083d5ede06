#include "edge/http/server/refused_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <string_view>

#include "edge/http/server/server_core.hpp"

namespace backtest {

void refuse_connection(ServerCore& core, boost::asio::ip::tcp::socket& socket) {
  constexpr std::string_view answer =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\n"
      "X-Content-Type-Options: nosniff\r\nConnection: close\r\nContent-Length: 115\r\n\r\n"
      R"({"code":"too_many_connections","detail":"too many connections are open","status":503,"title":"Service Unavailable"})";
  core.telemetry.record_refused_connection();
  if (core.tls) return;  // a handshake would cost more than the connection
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(boost::asio::buffer(answer), ignored);
  socket.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
}

}  // namespace backtest
