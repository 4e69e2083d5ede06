#include "edge/http/server/connection.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "edge/http/server/answer_request.hpp"
#include "edge/http/server/caller_address.hpp"
#include "edge/http/server/client_stream.hpp"
#include "edge/http/server/deadline.hpp"
#include "edge/http/server/dispatch.hpp"
#include "edge/http/server/event_stream_writer.hpp"
#include "edge/http/server/refused_connection.hpp"
#include "edge/http/server/request_log.hpp"
#include "edge/http/server/request_reader.hpp"
#include "edge/http/server/response_writer.hpp"
#include "edge/http/server/server_core.hpp"

namespace backtest {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using Clock = Deadline::Clock;
using ErrorCode = boost::system::error_code;

constexpr auto linger_time = std::chrono::seconds(2);
constexpr auto goodbye_time = std::chrono::milliseconds(500);
constexpr std::size_t linger_bytes = 1 << 20;
// A client that sends its file without asking first (Expect) is in the middle of it when it is refused.
constexpr std::size_t uploaded_linger_bytes = 64 << 20;

HttpResponse too_many_streams(const HttpRequest& request) {
  return error_response(HttpError(503, "too_many_streams", "too many event streams are open; read the status instead")
                            .with_header("Retry-After", "10"),
                        request);
}

class HttpConnection final : public Connection {
 public:
  HttpConnection(ServerCore& core, tcp::socket socket, const ConnectionTable::Peer& peer)
      : core_(core), peer_(peer), stream_(std::move(socket), core.tls) {
    core_.connections.insert(*this, peer);
    core_.telemetry.connections = static_cast<std::int64_t>(core_.connections.size());
  }
  ~HttpConnection() override {
    core_.connections.erase(*this);
    core_.telemetry.connections = static_cast<std::int64_t>(core_.connections.size());
  }

  asio::awaitable<void> serve() {
    try {
      deadline_.arm(core_.settings.http.header_time);
      if (const ErrorCode error = co_await stream_.shake_hands()) throw boost::system::system_error(error);
      while (co_await serve_one()) {
      }
    } catch (const std::exception& error) {
      log_debug("connection ended", {{"reason", error.what()}});
    }
    if (!deadline_.has_passed() && !events_.has_peer_left()) {
      deadline_.arm(goodbye_time);
      co_await stream_.say_goodbye();
    }
    ErrorCode ignored;
    socket_.close(ignored);
  }

  void sweep(Clock::time_point now) override {
    if (deadline_.passes(now)) {
      ErrorCode ignored;
      socket_.cancel(ignored);
    }
    events_.sweep(now);
  }

  void close(bool now) override {
    ErrorCode ignored;
    if (now) {
      socket_.close(ignored);
      events_.wake();
    } else if (idle_since_) {
      // From now on it is no candidate: it is closed already.
      idle_since_.reset();
      socket_.cancel(ignored);
    }
  }

  std::optional<Clock::time_point> idle_since() const override { return idle_since_; }

 private:
  // What is left to do when a request has its answer.
  struct Ending {
    bool is_kept = false;            // the connection serves another
    std::size_t bytes_to_leave = 0;  // how much the client may still send before it reads the answer
  };

  // False when the connection is over.
  asio::awaitable<bool> serve_one() {
    if (!reader_.has_bytes() && !co_await await_request()) co_return false;
    const Ending ending = co_await serve_request();
    reader_.shrink();
    if (ending.bytes_to_leave > 0) co_await linger(ending.bytes_to_leave);
    co_return ending.is_kept;
  }

  asio::awaitable<bool> await_request() {
    deadline_.arm(core_.settings.http.idle_time);
    if (core_.stopping) co_return false;
    idle_since_ = Clock::now();
    const bool has_come = co_await reader_.await_bytes();
    idle_since_.reset();
    co_return has_come;
  }

  asio::awaitable<Ending> serve_request() {
    ServedRequest served;
    std::optional<HttpError> refused;
    const RequestReader::Head head = co_await reader_.read_head(served, refused);
    if (head == RequestReader::Head::ended) co_return Ending{};
    if (head == RequestReader::Head::refused) {
      HttpResponse response = error_response(*refused, served.request);
      co_await writer_.write(served, response, false);
      log_request(core_, served, response.status);
      co_return Ending{.bytes_to_leave = linger_bytes};
    }
    std::string failure;
    try {
      co_return co_await answer(served);
    } catch (const std::exception& error) {
      if (served.answer_begun) throw;
      failure = error.what();
    }
    log_error("a request failed before it had an answer",
              {{"request_id", served.request.request_id}, {"reason", failure}});
    HttpResponse response =
        error_response(HttpError(500, "internal_error", "the request failed; the log has the reason"), served.request);
    co_await writer_.write(served, response, false);
    log_request(core_, served, response.status);
    co_return Ending{.bytes_to_leave = linger_bytes};
  }

  asio::awaitable<Ending> answer(ServedRequest& served) {
    HttpResponse response = co_await answer_request(core_, peer_, reader_, served);
    const bool is_stream = response.events != nullptr;
    if (is_stream && core_.streams >= core_.settings.http.streams) response = too_many_streams(served.request);
    const bool is_read = reader_.is_done() && !served.end_uncertain;
    Ending ending{.is_kept = is_read && reader_.keep_alive() && !core_.stopping && !is_stream};
    if (response.events) {
      co_await events_.write(served, response);
    } else {
      co_await writer_.write(served, response, ending.is_kept);
    }
    log_request(core_, served, response.status, is_stream);
    if (!is_read) ending.bytes_to_leave = served.is_upload ? uploaded_linger_bytes : linger_bytes;
    co_return ending;
  }

  // Reads on for a moment, so that the peer sees the answer and not a reset.
  asio::awaitable<void> linger(std::size_t most_bytes) {
    ErrorCode error;
    deadline_.arm(linger_time);
    co_await stream_.say_goodbye();
    socket_.shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 16384> scratch{};
    for (std::size_t size = 0; !error && !deadline_.has_passed() && size < most_bytes;) {
      size += co_await socket_.async_read_some(asio::buffer(scratch), asio::redirect_error(asio::use_awaitable, error));
    }
  }

  ServerCore& core_;
  const ConnectionTable::Peer peer_;
  ClientStream stream_;
  tcp::socket& socket_ = stream_.socket();
  Deadline deadline_;
  RequestReader reader_{core_, stream_, deadline_};
  ResponseWriter writer_{core_, stream_, deadline_};
  EventStreamWriter events_{core_, stream_, writer_};
  std::optional<Clock::time_point> idle_since_;
};

}  // namespace

void serve_connection(ServerCore& core, tcp::socket socket, Listener listener) {
  ErrorCode error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  ConnectionTable::Peer peer{.listener = listener};
  peer.address = parse_address(remote.address().to_string()).value_or(Address{});
  peer.is_trusted = is_trusted(peer.address, core.settings.trusted_proxies);
  if (!core.connections.make_room(peer)) {
    refuse_connection(core, socket);
    return;
  }
  socket.set_option(tcp::no_delay(true), error);
  auto connection = std::make_shared<HttpConnection>(core, std::move(socket), peer);
  asio::co_spawn(core.io, [connection]() -> asio::awaitable<void> { co_await connection->serve(); }, asio::detached);
}

}  // namespace backtest
