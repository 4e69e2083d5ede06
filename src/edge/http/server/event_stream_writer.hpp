// Writes the event stream of a connection (server-sent events): what its listener of RunWatcher has, and a comment now
// and then, so that nothing between the two ends takes the connection for dead.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <optional>

#include "edge/http/server/client_stream.hpp"
#include "edge/http/server/response_writer.hpp"
#include "edge/http/server/run_watcher.hpp"
#include "edge/http/server/served_request.hpp"
#include "edge/http/server/server_core.hpp"

namespace backtest {

class EventStreamWriter {
 public:
  template <class T>
  using awaitable = boost::asio::awaitable<T>;

  EventStreamWriter(ServerCore& core, ClientStream& stream, ResponseWriter& writer)
      : core_(core), stream_(stream), writer_(writer), wake_(core.io) {}

  // Until the run is over, the server stops, the caller's token expires or the peer has left.
  awaitable<void> write(ServedRequest& served, HttpResponse& response);

  // Once a second: a stream whose peer has left, or that was silent for long, goes on at once.
  void sweep(Deadline::Clock::time_point now);
  // Looks again at what there is to write, and whether the connection is open.
  void wake() { wake_.cancel(); }
  bool has_peer_left() const { return has_peer_left_; }

 private:
  awaitable<void> write_events(RunListener& listener, BodyFraming framing, std::optional<std::int64_t> expires_at_s);

  ServerCore& core_;
  ClientStream& stream_;
  ResponseWriter& writer_;
  boost::asio::steady_timer wake_;  // never expires for want of events: it is cancelled when there are some
  bool is_streaming_ = false;
  bool has_peer_left_ = false;
};

}  // namespace backtest
