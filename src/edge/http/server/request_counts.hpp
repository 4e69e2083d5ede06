// Requests of some kind that are under way, counted while these live. On the I/O thread.
#pragma once

#include "edge/http/server/server_core.hpp"

namespace backtest {

struct StreamCount {
  explicit StreamCount(ServerCore& server) : core(server) { core.telemetry.streams = ++core.streams; }
  ~StreamCount() { core.telemetry.streams = --core.streams; }
  StreamCount(const StreamCount&) = delete;
  StreamCount& operator=(const StreamCount&) = delete;
  ServerCore& core;
};

struct UploadCount {
  explicit UploadCount(ServerCore& server) : core(server) { ++core.uploads; }
  ~UploadCount() { --core.uploads; }
  UploadCount(const UploadCount&) = delete;
  UploadCount& operator=(const UploadCount&) = delete;
  ServerCore& core;
};

// A request that a trusted proxy brought, counted for its caller.
struct ThroughProxy {
  ThroughProxy(ServerCore& server, const Address& from) : core(server), caller(from) {
    ++core.requests_through_proxies[caller];
  }
  ~ThroughProxy() {
    const auto found = core.requests_through_proxies.find(caller);
    if (--found->second == 0) core.requests_through_proxies.erase(found);
  }
  ThroughProxy(const ThroughProxy&) = delete;
  ThroughProxy& operator=(const ThroughProxy&) = delete;
  ServerCore& core;
  const Address caller;
};

}  // namespace backtest
