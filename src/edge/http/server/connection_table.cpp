#include "edge/http/server/connection_table.hpp"

namespace backtest {

namespace {

constexpr int most_beyond = 32;  // connections that are being closed for others

}  // namespace

bool ConnectionTable::make_room(const Peer& peer) {
  const auto same = by_address_.find(peer.address);
  const int of_address = same == by_address_.end() ? 0 : same->second;
  const bool counts_address = peer.listener == Listener::api && !peer.is_trusted;
  const bool address_full = counts_address && of_address >= limits_.per_address;
  const int most = peer.listener == Listener::api ? limits_.all : limits_.metrics;
  if (!address_full && count(peer.listener) < most) return true;
  if (count(peer.listener) >= most + most_beyond) return false;
  Connection* idle = longest_idle(peer, address_full);
  if (idle == nullptr) return false;
  idle->close(false);
  return true;
}

Connection* ConnectionTable::longest_idle(const Peer& peer, bool same_address) const {
  Connection* longest = nullptr;
  std::chrono::steady_clock::time_point since{};
  for (const auto& [connection, other] : open_) {
    if (other.listener != peer.listener || (same_address && other.address != peer.address)) continue;
    const auto idle_since = connection->idle_since();
    if (!idle_since || (longest != nullptr && *idle_since >= since)) continue;
    longest = connection;
    since = *idle_since;
  }
  return longest;
}

void ConnectionTable::insert(Connection& connection, const Peer& peer) {
  if (peer.listener == Listener::metrics) {
    open_.emplace(&connection, peer);
    ++metrics_;
    return;
  }
  int& of_address = by_address_[peer.address];  // may throw, as the next may: nothing is counted yet
  open_.emplace(&connection, peer);
  ++of_address;
  ++api_;
}

void ConnectionTable::erase(Connection& connection) {
  const auto found = open_.find(&connection);
  if (found == open_.end()) return;
  const Peer peer = found->second;
  open_.erase(found);
  if (peer.listener == Listener::metrics) {
    --metrics_;
    return;
  }
  --api_;
  const auto of_address = by_address_.find(peer.address);
  if (--of_address->second == 0) by_address_.erase(of_address);
}

std::vector<Connection*> ConnectionTable::all() const {
  std::vector<Connection*> connections;
  connections.reserve(open_.size());
  for (const auto& [connection, peer] : open_) connections.push_back(connection);
  return connections;
}

}  // namespace backtest
