#include "edge/http/server/connection_table.hpp"

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>

namespace backtest {

namespace {

constexpr std::uint64_t kept_for_stores = 96;  // stores, listeners, logs, files of configs, libraries
constexpr std::uint64_t kept_per_child = 8;    // pipes and files of an attempt
constexpr std::uint64_t per_connection = 2;
constexpr int fewest_connections = 8;
constexpr std::uint64_t program_bytes = 160 << 20;    // code, stores, threads, allocator
constexpr std::uint64_t connection_bytes = 24 << 10;  // coroutine, header, buffers
constexpr std::uint64_t least_request_bytes = 48 << 20;
constexpr int most_beyond = 32;  // connections that are being closed for others

}  // namespace

std::uint64_t descriptor_limit() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
}

void keep_little_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 128 << 10);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
  mallopt(M_ARENA_MAX, 4);
}

std::uint64_t memory_for_requests(const HttpLimits& limits, const ConnectionLimits& connections) {
  const auto all = static_cast<std::uint64_t>(limits.memory_mb) << 20;
  const std::uint64_t kept = program_bytes + connection_bytes * static_cast<std::uint64_t>(connections.all);
  return all > kept + least_request_bytes ? all - kept : least_request_bytes;
}

ConnectionLimits connection_limits(const HttpLimits& limits, std::uint64_t descriptors, int children) {
  ConnectionLimits derived;
  const std::uint64_t kept = kept_for_stores + kept_per_child * static_cast<std::uint64_t>(children) +
                             static_cast<std::uint64_t>(derived.metrics);
  const std::uint64_t possible = descriptors > kept ? (descriptors - kept) / per_connection : 0;
  const auto most = static_cast<int>(std::min<std::uint64_t>(possible, 1'000'000));
  derived.all = std::min(limits.connections, std::max(most, fewest_connections));
  const int wanted = limits.connections_per_address > 0 ? limits.connections_per_address : (derived.all + 1) / 2;
  derived.per_address = std::min(wanted, derived.all);
  return derived;
}

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
  open_.emplace(&connection, peer);
  if (peer.listener == Listener::metrics) {
    ++metrics_;
  } else {
    ++api_;
    ++by_address_[peer.address];
  }
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
