// Tests only: a plain HTTP client on a raw socket, so that what goes over the wire is exactly what the test wrote.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "edge/http/message/http_message.hpp"

namespace backtest {

struct Answer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (equal_ignoring_case(key, name)) return value;
    }
    return "";
  }
  json::object json() const { return json::parse(body).as_object(); }
  std::string code() const { return std::string(json().at("code").as_string()); }
};

class LoopbackClient {
 public:
  explicit LoopbackClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~LoopbackClient() { ::close(socket_); }
  LoopbackClient(LoopbackClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}
  LoopbackClient(const LoopbackClient&) = delete;
  LoopbackClient& operator=(const LoopbackClient&) = delete;

  // False when the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void send_request(std::string_view method, std::string_view target, std::string_view headers = "",
                    std::string_view body = "") {
    std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n";
    text += headers;
    if (!body.empty() || method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    send(text + "\r\n" + std::string(body));
  }

  // Reads up to and with `mark`; what came, also when the server closed or `timeout` passed first.
  std::string read_until(std::string_view mark, std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
    const auto give_up = std::chrono::steady_clock::now() + timeout;
    while (received_.find(mark) == std::string::npos && fill(give_up)) {
    }
    const std::size_t at = received_.find(mark);
    const std::size_t size = at == std::string::npos ? received_.size() : at + mark.size();
    std::string text = received_.substr(0, size);
    received_.erase(0, size);
    return text;
  }

  std::string read_to_end(std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
    const auto give_up = std::chrono::steady_clock::now() + timeout;
    while (fill(give_up)) {
    }
    return std::exchange(received_, "");
  }

  Answer read_head() {
    const std::string head = read_until("\r\n\r\n");
    Answer answer;
    if (head.size() < 12) throw std::runtime_error("no answer");
    answer.status = std::stoi(head.substr(9, 3));
    for (std::size_t at = head.find("\r\n") + 2; at + 2 < head.size();) {
      const std::size_t end = head.find("\r\n", at);
      const std::size_t colon = head.find(": ", at);
      answer.headers.emplace_back(head.substr(at, colon - at), head.substr(colon + 2, end - colon - 2));
      at = end + 2;
    }
    return answer;
  }

  Answer read_answer(bool has_body = true) {
    Answer answer = read_head();
    if (!has_body || answer.status == 204 || answer.status == 304) return answer;
    if (answer.header("Transfer-Encoding") == "chunked") {
      while (true) {
        const std::string size_line = read_until("\r\n");
        const std::size_t size = std::stoul(size_line, nullptr, 16);
        answer.body += take(size);
        take(2);
        if (size == 0) return answer;
      }
    }
    answer.body = take(std::stoul(answer.header("Content-Length")));
    return answer;
  }

  bool is_closed(std::chrono::milliseconds timeout = std::chrono::seconds(5)) {
    const auto give_up = std::chrono::steady_clock::now() + timeout;
    while (fill(give_up)) {
    }
    return closed_;
  }

 private:
  std::string take(std::size_t size) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (received_.size() < size) {
      if (!fill(give_up)) throw std::runtime_error("the body ended early");
    }
    std::string text = received_.substr(0, size);
    received_.erase(0, size);
    return text;
  }

  bool fill(std::chrono::steady_clock::time_point give_up) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(give_up - std::chrono::steady_clock::now());
    pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
    char buffer[65536];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
    if (size <= 0) {
      closed_ = true;
      return false;
    }
    received_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  std::string received_;
  bool closed_ = false;
};

}  // namespace backtest
