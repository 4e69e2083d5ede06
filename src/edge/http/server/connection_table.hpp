// The open connections and how many there may be: in all, of one address, and on the listener for metrics, which the
// others cannot crowd out. Lives on the I/O thread.
//
// Where there is no room, a new connection takes the place of the one that has waited longest for a request: whoever
// opens many and says nothing keeps nobody out.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "edge/http/server/connection.hpp"
#include "edge/http/server/connection_limits.hpp"

namespace backtest {

class ConnectionTable {
 public:
  struct Peer {
    Listener listener = Listener::api;
    Address address{};
    bool is_trusted = false;  // a proxy's: many callers in one
  };

  explicit ConnectionTable(ConnectionLimits limits) : limits_(limits) {}

  // Whether one more of `peer` has room. Where it has none, an idle connection is closed for it if there is one; that
  // one is gone a moment later, so a few more than the limit may be open meanwhile.
  bool make_room(const Peer& peer);
  void insert(Connection& connection, const Peer& peer);
  void erase(Connection& connection);

  bool contains(Connection* connection) const { return open_.contains(connection); }
  bool empty() const { return open_.empty(); }
  std::size_t size() const { return open_.size(); }
  std::vector<Connection*> all() const;
  const ConnectionLimits& limits() const { return limits_; }

 private:
  Connection* longest_idle(const Peer& peer, bool same_address) const;
  int count(Listener listener) const { return listener == Listener::api ? api_ : metrics_; }

  ConnectionLimits limits_;
  std::unordered_map<Connection*, Peer> open_;
  std::map<Address, int> by_address_;  // of the API
  int api_ = 0, metrics_ = 0;
};

}  // namespace backtest
