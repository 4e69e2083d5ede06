// The client against a server of a few lines on loopback that says, word for word, what the test gives it.
#include "http_client/http_exchange.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace backtest {
namespace {

using testing::HasSubstr;

// Answers one connection with `answer`, then holds it open for `hold` and closes.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer, std::chrono::milliseconds hold = std::chrono::milliseconds(0))
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 4) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("no loopback server");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer), hold] { serve(answer, hold); });
  }
  ~OneAnswer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/path"; }
  // After the exchange.
  const std::string& received() const { return received_; }

 private:
  void serve(const std::string& answer, std::chrono::milliseconds hold) {
    const int peer = ::accept(listener_, nullptr, nullptr);
    if (peer < 0) return;
    char buffer[65536];
    while (received_.find("\r\n\r\n") == std::string::npos) {
      const ssize_t size = ::recv(peer, buffer, sizeof buffer, 0);
      if (size <= 0) break;
      received_.append(buffer, static_cast<std::size_t>(size));
    }
    ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
    std::this_thread::sleep_for(hold);
    ::close(peer);
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::string received_;
  std::thread thread_;
};

std::string with_length(std::string_view status, std::string_view headers, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + std::string(body);
}

TEST(HttpExchange, SendsWhatItIsGivenAndHandsOnWhatComes) {
  std::string received;
  {
    OneAnswer server(with_length("404 Not Found", "", "nothing here"));
    HttpClient client({});
    std::string body;
    const int status =
        client.exchange({.method = "POST", .url = server.url(), .headers = {{"X-Word", "value"}}, .body = "{}"},
                        [&](int seen, std::string_view bytes) {
                          EXPECT_EQ(seen, 404);
                          body += bytes;
                          return true;
                        });
    EXPECT_EQ(status, 404);
    EXPECT_EQ(body, "nothing here");
    received = server.received();
  }
  EXPECT_THAT(received, HasSubstr("POST /path HTTP/1.1\r\n"));
  EXPECT_THAT(received, HasSubstr("X-Word: value\r\n"));
}

TEST(HttpExchange, SendsAFile) {
  const std::string path = testing::TempDir() + "sent_" + std::to_string(getpid());
  std::ofstream(path) << "date,close\n";
  std::string received;
  {
    OneAnswer server(with_length("201 Created", "", ""));
    HttpClient client({});
    EXPECT_EQ(client.exchange({.method = "PUT", .url = server.url(), .body_file = path},
                              [](int, std::string_view) { return true; }),
              201);
    received = server.received();
  }
  std::filesystem::remove(path);
  EXPECT_THAT(received, HasSubstr("PUT /path HTTP/1.1\r\n"));
  EXPECT_THAT(received, HasSubstr("Content-Length: 11\r\n"));
  HttpClient client({});
  EXPECT_THROW(client.exchange({.method = "PUT", .url = "http://127.0.0.1:1/", .body_file = path},
                               [](int, std::string_view) { return true; }),
               ExchangeFailed)
      << "a file that is gone";
}

TEST(HttpExchange, ARedirectIsAnAnswerAndNotFollowed) {
  OneAnswer other(with_length("200 OK", "", "elsewhere"));
  OneAnswer server(with_length("302 Found", "Location: " + other.url() + "\r\n", ""));
  HttpClient client({});
  EXPECT_EQ(client.exchange({.url = server.url()}, [](int, std::string_view) { return true; }), 302);
  EXPECT_EQ(other.received(), "");
}

TEST(HttpExchange, EachLimitEndsIt) {
  struct Case {
    const char* name;
    std::string answer;
    ExchangeLimits limits;
    const char* reason;
  };
  const Case cases[] = {
      {"bytes", with_length("200 OK", "", std::string(1000, 'x')), {.answer_bytes = 999}, "more than 999 bytes"},
      {"time", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", {.total = std::chrono::milliseconds(200)}, "imeout"},
      {"ended early", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", {}, ""},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    OneAnswer server(each.answer, std::chrono::milliseconds(each.limits.total.count() > 0 ? 1000 : 0));
    HttpClient client(each.limits);
    try {
      client.exchange({.url = server.url()}, [](int, std::string_view) { return true; });
      FAIL() << "no error";
    } catch (const ExchangeFailed& error) {
      EXPECT_THAT(error.what(), HasSubstr(each.reason));
      EXPECT_THAT(error.what(), testing::Not(HasSubstr("/path")));
    }
  }
}

TEST(HttpExchange, ASinkThatHasEnoughEndsItWithoutAnError) {
  OneAnswer server(with_length("200 OK", "", "enough"));
  HttpClient client({});
  EXPECT_EQ(client.exchange({.url = server.url()}, [](int, std::string_view) { return false; }), 200);
}

TEST(HttpExchange, ACancelEndsItSoon) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", std::chrono::milliseconds(4000));
  std::atomic<bool> cancelled = false;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    cancelled = true;
  });
  HttpClient client({});
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THROW(
      client.exchange({.url = server.url(), .cancelled = &cancelled}, [](int, std::string_view) { return true; }),
      ExchangeFailed);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(3000));
  canceller.join();
}

TEST(HttpExchange, NoHeaderCanCarryAnother) {
  HttpClient client({});
  EXPECT_THROW(client.exchange({.url = "http://127.0.0.1:1/", .headers = {{"X-Word", "a\r\nX-Other: b"}}},
                               [](int, std::string_view) { return true; }),
               std::invalid_argument);
}

TEST(HttpExchange, OtherSchemesAreRefused) {
  HttpClient client({});
  EXPECT_THROW(client.exchange({.url = "file:///etc/hostname"}, [](int, std::string_view) { return true; }),
               ExchangeFailed);
}

}  // namespace
}  // namespace backtest
