// The bytes of one client: over its socket, or over TLS on it. A stream for asio's and Beast's operations.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <optional>
#include <utility>

#include "edge/http/server/tls_context.hpp"

namespace backtest {

class ClientStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type = Socket::executor_type;
  using ErrorCode = boost::system::error_code;

  // Without `tls`: the socket as it is. The certificate stays that of the connection's begin.
  ClientStream(Socket socket, TlsContext tls) : socket_(std::move(socket)), context_(std::move(tls)) {
    if (context_) tls_.emplace(socket_, *context_);
  }

  executor_type get_executor() { return socket_.get_executor(); }
  Socket& socket() { return socket_; }
  bool is_encrypted() const { return tls_.has_value(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
    return socket_.async_read_some(buffers, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }

  // Nothing to do without TLS, as for the two below.
  boost::asio::awaitable<ErrorCode> shake_hands() {
    ErrorCode error;
    if (tls_) {
      co_await tls_->async_handshake(boost::asio::ssl::stream_base::server,
                                     boost::asio::redirect_error(boost::asio::use_awaitable, error));
    }
    co_return error;
  }
  // Tells the peer that the end is meant, so that it does not take it for a cut, and waits for its word.
  boost::asio::awaitable<void> say_goodbye() {
    ErrorCode ignored;
    if (tls_) co_await tls_->async_shutdown(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }

  // Does not wait. Over TLS the peer's last words are still in the socket when it has left.
  bool has_peer_left() {
    if (tls_) {
      pollfd end{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
      return poll(&end, 1, 0) > 0;
    }
    char byte = 0;
    const ssize_t seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return seen == 0 || (seen < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
  }

 private:
  Socket socket_;
  TlsContext context_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace backtest
