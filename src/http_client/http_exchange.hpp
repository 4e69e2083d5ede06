// A request to another server and its answer, under limits that the caller states.
//
// The answer is whatever the server says: statuses of 300 and more are no errors here, and redirects are not followed.
// Bodies that come compressed are handed on as they were before.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace backtest {

struct ExchangeLimits {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds total{0};      // the whole exchange; 0 = as long as bytes come
  std::chrono::seconds silent{60};         // ended when no byte came for this long
  std::uint64_t answer_bytes = 256 << 20;  // of a body, after decompression
};

struct OutgoingRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string> body;
  // Instead of it: a file, which is never whole in memory.
  std::optional<std::filesystem::path> body_file;
  const std::atomic<bool>* cancelled = nullptr;  // ends the exchange within a second of becoming true
};

// No answer came, or not a whole one, or the file to send cannot be read: what() is for people and holds no part of the
// URL.
class ExchangeFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Called with each part of the body, and with the answer's status; false ends the exchange without an error.
using BodySink = std::function<bool(int status, std::string_view bytes)>;

// One after the other: a client keeps the connection to a server open between its exchanges. Not for several threads.
class HttpClient {
 public:
  explicit HttpClient(ExchangeLimits limits);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // The answer's status; its body goes to `sink`. Throws ExchangeFailed, and std::invalid_argument for a header with a
  // line break in it.
  int exchange(const OutgoingRequest& request, const BodySink& sink);

 private:
  struct Handle;
  ExchangeLimits limits_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace backtest
