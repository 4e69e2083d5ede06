#include "object_storage/scripted_server_for_tests.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

#include "base/ascii_text.hpp"

namespace backtest {

bool ScriptedRequest::has(std::string_view text) const {
  return line.contains(text) || headers.contains(text) || body.contains(text);
}

ScriptedServer::ScriptedServer(Answer answer) : answer_(std::move(answer)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no port for the server");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  close(listener_);
}

std::vector<ScriptedRequest> ScriptedServer::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedServer::serve() {
  for (;;) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    answer_one(client);
    close(client);
  }
}

void ScriptedServer::answer_one(int client) {
  std::string text;
  std::size_t end = std::string::npos;
  std::size_t length = 0;
  char block[16384];
  while (end == std::string::npos || text.size() < end + 4 + length) {
    const ssize_t count = recv(client, block, sizeof block, 0);
    if (count <= 0) return;
    text.append(block, static_cast<std::size_t>(count));
    end = text.find("\r\n\r\n");
    const std::string lower = lower_case(text);
    const std::size_t at = lower.find("content-length: ");
    if (end != std::string::npos && at < end) length = std::stoul(lower.substr(at + 16));
  }
  const std::size_t first = text.find("\r\n");
  ScriptedRequest request{
      .line = text.substr(0, first), .headers = text.substr(first + 2, end - first), .body = text.substr(end + 4)};
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  const std::string answer = answer_(request);
  const std::size_t body = answer.find("\r\n\r\n");
  const std::string sent = "HTTP/1.1 " + answer.substr(0, body) +
                           "\r\nConnection: close\r\nContent-Length: " + std::to_string(answer.size() - body - 4) +
                           answer.substr(body);
  send(client, sent.data(), sent.size(), MSG_NOSIGNAL);
}

}  // namespace backtest
