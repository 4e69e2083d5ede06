// For tests: an HTTP proxy before a service on 127.0.0.1 that does wrong to chosen requests. Each request takes the
// next fault of the list; without one it passes.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace backtest {

struct HttpFault {
  enum class Kind {
    none,
    status,        // answers `text` as status line and headers; the service sees nothing
    reset_before,  // the connection is reset; the service sees nothing
    reset_after,   // the service carries the request out, its answer is lost
    status_after,  // the service carries it out, `text` is answered
    truncated,     // half of the answer's body
    stall          // nothing is answered for `delay`; the service sees nothing
  };
  Kind kind = Kind::none;
  std::string text = {};
  std::chrono::milliseconds delay{0};
};

class FaultingProxy {
 public:
  explicit FaultingProxy(int service_port);
  ~FaultingProxy();
  FaultingProxy(const FaultingProxy&) = delete;
  FaultingProxy& operator=(const FaultingProxy&) = delete;

  int port() const { return port_; }
  void inject(std::vector<HttpFault> faults);
  int requests() const { return requests_; }
  // When each request came.
  std::vector<std::chrono::steady_clock::time_point> times();

 private:
  void accept_connections();
  void serve(int client);
  HttpFault next_fault();

  const int service_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> requests_ = 0;
  std::mutex mutex_;
  std::deque<HttpFault> faults_;
  std::vector<std::chrono::steady_clock::time_point> times_;
  std::vector<int> connections_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace backtest
