// Writes the answers of one connection: heads, and bodies that are there, or that come part by part from the pool. What
// has no length goes in chunks, or, for HTTP/1.0, to the connection's end. A write that fails throws.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string_view>

#include "edge/http/message/response_headers.hpp"
#include "edge/http/server/client_stream.hpp"
#include "edge/http/server/deadline.hpp"
#include "edge/http/server/served_request.hpp"
#include "edge/http/server/server_core.hpp"

namespace backtest {

class ResponseWriter {
 public:
  template <class T>
  using awaitable = boost::asio::awaitable<T>;

  ResponseWriter(ServerCore& core, ClientStream& stream, Deadline& deadline)
      : core_(core), stream_(stream), deadline_(deadline) {}

  // The whole answer, with the headers that every answer has. `keep`: another request may follow.
  awaitable<void> write(ServedRequest& served, HttpResponse& response, bool keep);

  // An answer in pieces: its head, then chunks where those are its framing, else bytes as they are.
  awaitable<void> write_head(ServedRequest& served, HttpResponse& response, const HeadOptions& options);
  awaitable<void> write_piece(std::string_view bytes, BodyFraming framing);
  awaitable<void> write_end(BodyFraming framing);

  Deadline::Clock::time_point last_write() const { return last_write_; }

 private:
  awaitable<void> write_bytes(std::string_view first, std::string_view second = {});
  awaitable<void> write_source(const HttpRequest& request, BodySource& source, const HeadOptions& options);
  std::string finished_head(const HttpRequest& request, HttpResponse& response, const HeadOptions& options) const;

  ServerCore& core_;
  ClientStream& stream_;
  Deadline& deadline_;
  Deadline::Clock::time_point last_write_ = Deadline::Clock::now();
};

}  // namespace backtest
