// One client connection: requests one after the other, each within its limits of size and time.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <optional>

namespace backtest {

struct ServerCore;

enum class Listener { api, metrics };

class Connection {
 public:
  virtual ~Connection() = default;
  // Called once a second: what has run out of time is interrupted, streams of silent peers are kept alive or ended.
  virtual void sweep(std::chrono::steady_clock::time_point now) = 0;
  // Closes a connection that waits for a request; with `now`, any.
  virtual void close(bool now) = 0;
  // Since when it waits for a request; nullopt while it has one.
  virtual std::optional<std::chrono::steady_clock::time_point> idle_since() const = 0;
};

// Serves until the peer leaves or the server stops, then forgets itself. Refuses where the table has no room.
void serve_connection(ServerCore& core, boost::asio::ip::tcp::socket socket, Listener listener);

}  // namespace backtest
