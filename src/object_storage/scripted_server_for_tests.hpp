// For tests: an HTTP server on 127.0.0.1 whose answers a function gives, and that remembers what it was asked.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace backtest {

struct ScriptedRequest {
  std::string line;     // GET /path HTTP/1.1
  std::string headers;  // as sent, each line ending in \r\n
  std::string body;

  bool has(std::string_view text) const;  // in its line, headers or body
};

class ScriptedServer {
 public:
  // The answer: status line's rest and headers, an empty line, body; Content-Length is added.
  using Answer = std::function<std::string(const ScriptedRequest&)>;

  explicit ScriptedServer(Answer answer);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::vector<ScriptedRequest> requests();

 private:
  void serve();
  void answer_one(int client);

  const Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<ScriptedRequest> requests_;
  std::thread thread_;
};

}  // namespace backtest
