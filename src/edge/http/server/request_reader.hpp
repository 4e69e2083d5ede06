// Reads the requests of one connection, one after the other, each within its limits of size and time. Beast, which
// parses them, is in its source alone.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "edge/http/message/problem.hpp"
#include "edge/http/server/client_stream.hpp"
#include "edge/http/server/deadline.hpp"
#include "edge/http/server/served_request.hpp"
#include "edge/http/server/server_core.hpp"

namespace backtest {

class RequestReader {
 public:
  template <class T>
  using awaitable = boost::asio::awaitable<T>;
  using ErrorCode = boost::system::error_code;

  RequestReader(ServerCore& core, ClientStream& stream, Deadline& deadline);
  ~RequestReader();

  // Bytes of the next request have come already.
  bool has_bytes() const;
  // Waits for some; false where none come.
  awaitable<bool> await_bytes();

  enum class Head {
    read,     // the request has its method and headers; the rest of the class speaks of this one
    refused,  // what came is no request; `refused` says so to the client
    ended,    // the client has left
  };
  awaitable<Head> read_head(ServedRequest& served, std::optional<HttpError>& refused);
  std::string_view target() const;  // as it stands in the request

  // The whole body into the request; otherwise the reason to refuse it.
  awaitable<std::optional<HttpError>> read_body(ServedRequest& served);

  // The body part by part, for one that no memory should hold. Before the first: whether it may come.
  awaitable<std::optional<HttpError>> begin_parts(const ServedRequest& served, ErrorCode& error);
  // How many bytes of `part` were filled: all of them, or what was left of the body.
  awaitable<std::size_t> read_part(std::string& part, ErrorCode& error);
  // Why the body ended with an error.
  HttpError body_error();

  bool is_done() const;     // the body is read to its end
  bool keep_alive() const;  // the client wants to send another request
  // A connection between two requests holds no more than its first buffer.
  void shrink();

 private:
  struct Parsing;

  awaitable<std::optional<HttpError>> let_body_come(const ServedRequest& served, ErrorCode& error);
  awaitable<std::size_t> read_some(char* data, std::size_t size, ErrorCode& error);
  std::optional<HttpError> head_error(const ErrorCode& error) const;

  ServerCore& core_;
  const HttpLimits& limits_;
  ClientStream& stream_;
  Deadline& deadline_;
  std::unique_ptr<Parsing> parsing_;
};

}  // namespace backtest
