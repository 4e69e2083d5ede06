#include "object_storage/faulting_proxy_for_tests.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "base/ascii_text.hpp"

namespace backtest {

namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string header_of(std::string_view head, std::string_view name) {
  const std::string lower = lower_case(head);
  const std::size_t at = lower.find("\r\n" + std::string(name) + ":");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 3;
  return std::string(trimmed(std::string_view(lower).substr(begin, lower.find("\r\n", begin) - begin)));
}

struct Message {
  std::string head;  // with the empty line
  std::string body;  // as sent, chunked or not
};

// One message; what follows it stays in `buffer`. `has_body` is false for answers to HEAD, and 204 and 304 have none.
std::optional<Message> receive(int socket, std::string& buffer, bool has_body) {
  const auto more = [&] {
    char block[65536];
    const ssize_t count = recv(socket, block, sizeof block, 0);
    if (count > 0) buffer.append(block, static_cast<std::size_t>(count));
    return count > 0;
  };
  std::size_t end = 0;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
    if (!more()) return std::nullopt;
  }
  Message message{.head = buffer.substr(0, end + 4), .body = {}};
  buffer.erase(0, end + 4);
  if (!has_body) return message;
  if (header_of(message.head, "transfer-encoding") == "chunked") {
    std::size_t last = 0;
    while ((last = buffer.find("0\r\n\r\n")) == std::string::npos || (last > 0 && buffer[last - 1] != '\n')) {
      if (!more()) return std::nullopt;
    }
    message.body = buffer.substr(0, last + 5);
  } else {
    const std::string length = header_of(message.head, "content-length");
    const std::size_t size = length.empty() ? 0 : std::stoul(length);
    while (buffer.size() < size) {
      if (!more()) return std::nullopt;
    }
    message.body = buffer.substr(0, size);
  }
  buffer.erase(0, message.body.size());
  return message;
}

std::string answer_of(const HttpFault& fault) {
  return "HTTP/1.1 " + fault.text + "\r\nContent-Length: 0\r\n\r\n";
}

void reset(int socket) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

bool has_answer_body(const Message& request, const Message& answer) {
  const std::string_view status = std::string_view(answer.head).substr(9, 3);
  return !request.head.starts_with("HEAD ") && status != "204" && status != "304";
}

// The answer's head is read first: whether a body follows depends on it.
std::optional<Message> forward(int service, std::string& buffer, const Message& request) {
  if (!send_all(service, request.head) || !send_all(service, request.body)) return std::nullopt;
  std::optional<Message> answer = receive(service, buffer, false);
  if (!answer || !has_answer_body(request, *answer)) return answer;
  buffer.insert(0, answer->head);
  return receive(service, buffer, true);
}

}  // namespace

FaultingProxy::FaultingProxy(int service_port) : service_port_(service_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no port for the proxy");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_connections(); });
}

FaultingProxy::~FaultingProxy() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int connection : connections_) shutdown(connection, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  for (const int connection : connections_) close(connection);
  close(listener_);
}

void FaultingProxy::inject(std::vector<HttpFault> faults) {
  const std::lock_guard lock(mutex_);
  faults_.assign(faults.begin(), faults.end());
  requests_ = 0;
  times_.clear();
}

std::vector<std::chrono::steady_clock::time_point> FaultingProxy::times() {
  const std::lock_guard lock(mutex_);
  return times_;
}

HttpFault FaultingProxy::next_fault() {
  const std::lock_guard lock(mutex_);
  ++requests_;
  times_.push_back(std::chrono::steady_clock::now());
  if (faults_.empty()) return {};
  HttpFault fault = faults_.front();
  faults_.pop_front();
  return fault;
}

void FaultingProxy::accept_connections() {
  for (;;) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const std::lock_guard lock(mutex_);
    connections_.push_back(client);
    threads_.emplace_back([this, client] { serve(client); });
  }
}

void FaultingProxy::serve(int client) {
  const int service = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(service_port_);
  if (connect(service, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) stopping_ = true;
  std::string from_client, from_service;
  bool goes_on = true;
  while (goes_on && !stopping_) {
    const std::optional<Message> request = receive(client, from_client, true);
    if (!request) break;
    const HttpFault fault = next_fault();
    const bool is_seen = fault.kind == HttpFault::Kind::none || fault.kind == HttpFault::Kind::reset_after ||
                         fault.kind == HttpFault::Kind::status_after || fault.kind == HttpFault::Kind::truncated;
    const std::optional<Message> answer = is_seen ? forward(service, from_service, *request) : std::nullopt;
    if (is_seen && !answer) break;
    switch (fault.kind) {
      case HttpFault::Kind::none:
        goes_on = send_all(client, answer->head + answer->body);
        break;
      case HttpFault::Kind::status:
      case HttpFault::Kind::status_after:
        goes_on = send_all(client, answer_of(fault));
        break;
      case HttpFault::Kind::reset_before:
      case HttpFault::Kind::reset_after:
        reset(client);
        goes_on = false;
        break;
      case HttpFault::Kind::truncated:
        send_all(client, answer->head + answer->body.substr(0, answer->body.size() / 2));
        goes_on = false;
        break;
      case HttpFault::Kind::stall:
        std::this_thread::sleep_for(fault.delay);
        goes_on = false;
        break;
    }
  }
  close(service);
  {
    const std::lock_guard lock(mutex_);
    std::erase(connections_, client);
  }
  close(client);
}

}  // namespace backtest
