// HTTP itself: framing, limits of size and time, slow and hostile clients, headers on every answer.
#include <thread>

#include "edge/http/server/route.hpp"
#include "edge/http/server/service_for_tests.hpp"

namespace backtest {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class ProtocolTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    adjust_limits_ = [](HttpLimits& limits) {
      limits.body_bytes = 100'000;
      limits.header_bytes = 4'096;
      limits.header_time = milliseconds(500);
      limits.body_time = milliseconds(500);
      limits.idle_time = milliseconds(1'500);
      limits.write_time = milliseconds(1'000);
    };
  }
  std::string raw(std::string_view bytes) {
    LoopbackClient client(server_->port());
    client.send(bytes);
    return client.read_to_end(milliseconds(4'000));
  }
};

TEST_F(ProtocolTest, MalformedRequestsAndWhatTheyGet) {
  start();
  const std::string host = "Host: localhost\r\n";
  struct Case {
    std::string request;
    int status;
  };
  for (const Case& c : std::vector<Case>{
           {"GET /healthz HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 200},
           {"GET http://localhost/healthz HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 200},
           {"GET /healthz HTTP/1.0\r\n\r\n", 200},
           {"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400},
           {"GET /healthz HTTP/1.1\r\n" + host + host + "Connection: close\r\n\r\n", 400},
           {"GET /%zz HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 400},
           {"GET /%c0%ae HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 400},
           {"GET /%0d%0aX:1 HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 400},
           {"GET * HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 400},
           {"GET /healthz HTTP/3.7\r\n" + host + "\r\n", 505},
           {"nonsense\r\n\r\n", 400},
           {std::string("\x16\x03\x01\x02\x00\x01\x00", 7) + "\r\n\r\n", 400},
           {"POST /backtests HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
           {"POST /backtests HTTP/1.1\r\n" + host + "Content-Length: -3\r\n\r\n", 400},
           {"POST /backtests HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
           {"GET /x HTTP/1.1\r\n" + host + "X: " + std::string(5'000, 'x') + "\r\n\r\n", 431},
           {"POST /backtests HTTP/1.1\r\n" + host + "Content-Length: 100001\r\n\r\n", 413},
           {"POST /backtests HTTP/1.1\r\n" + host + "Content-Length: 10737418240\r\n\r\n", 413},
           {"POST /backtests HTTP/1.1\r\n" + host + "Expect: magic\r\nContent-Length: 3\r\n\r\n", 417},
           {"GET /nothing HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 404},
           {"GET //healthz HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 404},
           {"GET /healthz/ HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", 404},
       }) {
    const std::string answer = raw(c.request);
    EXPECT_THAT(answer.substr(0, 12), testing::MatchesRegex("HTTP/1.[01] " + std::to_string(c.status)))
        << c.request.substr(0, 80) << "\n"
        << answer;
  }
}

TEST_F(ProtocolTest, MethodsHeadAndAllow) {
  start();
  const Answer wrong = call("PUT", "/backtests");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("Allow"), "POST, GET, HEAD");
  EXPECT_EQ(call("DELETE", "/backtests/compare").header("Allow"), "GET, HEAD");
  EXPECT_EQ(call("BREW", "/healthz").status, 405);
  const Answer head = call("HEAD", "/healthz");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), get("/healthz").header("Content-Length"));
}

TEST_F(ProtocolTest, TrailingSlashesRedirect_API3) {
  start();
  const Answer redirect = get("/backtests/R1/status//?a=b%20c");
  EXPECT_EQ(redirect.status, 307);
  EXPECT_EQ(redirect.header("Location"), "/backtests/R1/status?a=b%20c");
  EXPECT_EQ(redirect.header("X-Content-Type-Options"), "nosniff");
}

TEST_F(ProtocolTest, SecurityHeadersAreOnEveryAnswer_API4) {
  start();
  for (const char* target : {"/healthz", "/nothing", "/backtests", "/backtests/R1", "/backtests/", "/config.js"}) {
    const Answer answer = get(target);
    for (const char* name : {"X-Content-Type-Options", "Referrer-Policy", "X-Frame-Options", "Permissions-Policy",
                             "Content-Security-Policy", "X-Request-Id"}) {
      EXPECT_NE(answer.header(name), "") << target << " " << name;
    }
    EXPECT_THAT(answer.header("Content-Security-Policy"), HasSubstr("connect-src 'self'"));
    EXPECT_THAT(answer.header("Content-Security-Policy"),
                testing::Not(HasSubstr("connect-src 'self' https:")));                    // W-87
    EXPECT_THAT(answer.header("Content-Security-Policy"), HasSubstr("img-src 'self';"));  // API-5
    EXPECT_THAT(answer.header("Content-Security-Policy"), HasSubstr("font-src 'self';"));
  }
  EXPECT_EQ(get("/healthz").header("Strict-Transport-Security"), "");
  // Anybody can say it; only a trusted proxy's word counts.
  EXPECT_EQ(get("/nothing", "X-Forwarded-Proto: https\r\n").header("Strict-Transport-Security"), "");
  EXPECT_EQ(get("/healthz", "X-Request-Id: abc-1\r\n").header("X-Request-Id"), "abc-1");
  EXPECT_NE(get("/healthz", "X-Request-Id: a b\"\r\n").header("X-Request-Id"), "a b\"");
}

TEST_F(ProtocolTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  LoopbackClient client(server_->port());
  std::string requests;
  const std::string body = submission("P1");
  requests += "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  requests += "POST /backtests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body;
  requests += "GET /backtests/P1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  requests += "HEAD /backtests/P1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
  requests += "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  client.send(requests);
  EXPECT_EQ(client.read_answer().body, R"({"status":"ok"})");
  EXPECT_EQ(client.read_answer().status, 202);
  EXPECT_EQ(client.read_answer().json().at("run_id"), "P1");
  EXPECT_EQ(client.read_answer(false).status, 200);
  EXPECT_EQ(client.read_answer().status, 404);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ProtocolTest, ChunkedBodiesAndExpectAreUnderstood) {
  start();
  LoopbackClient client(server_->port());
  const std::string body = submission("C1");
  client.send(
      "POST /backtests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("100 Continue"));
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", body.size());
  client.send(std::string(size) + body + "\r\n0\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 202);
}

TEST_F(ProtocolTest, SlowClientsAreCutOff) {
  start();
  LoopbackClient silent(server_->port());
  LoopbackClient slow_header(server_->port());
  slow_header.send("GET /healthz HT");
  LoopbackClient slow_body(server_->port());
  slow_body.send("POST /backtests HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_EQ(slow_header.read_answer().status, 408);
  EXPECT_TRUE(slow_header.is_closed());
  EXPECT_EQ(slow_body.read_answer().status, 408);
  EXPECT_TRUE(slow_body.is_closed());
  EXPECT_TRUE(silent.is_closed());
}

TEST_F(ProtocolTest, ClientsThatDoNotReadAreCutOff) {
  start();
  submit("R1");
  complete({{"trades.csv", std::string(32 << 20, 'x')}});
  LoopbackClient client(server_->port());
  client.send_request("GET", "/backtests/R1/artifacts/trades.csv");
  const auto connections = [&] {
    const std::string text = get("/metrics").body;
    const std::size_t at = text.find("\nbacktest_http_connections ");
    return at == std::string::npos ? -1.0 : std::stod(text.substr(at + 27));
  };
  EXPECT_EQ(connections(), 2.0) << get("/metrics").body;  // this one, and that of the question
  for (int i = 0; i < 80 && connections() > 1.0; ++i) std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(connections(), 1.0);
  EXPECT_LT(client.read_to_end().size(), std::size_t{32} << 20);
}

TEST_F(ProtocolTest, EndlessBodiesAreCutOff) {
  start();
  LoopbackClient client(server_->port());
  client.send("POST /backtests HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "1000\r\n" + std::string(0x1000, ' ') + "\r\n";
  int sent = 0;
  while (sent < 100'000 && client.send(chunk)) ++sent;
  EXPECT_LT(sent, 5'000);
  EXPECT_EQ(get("/healthz").status, 200);
}

class ConnectionsTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    const auto before = adjust_limits_;
    adjust_limits_ = [before](HttpLimits& limits) {
      before(limits);
      limits.connections = 3;
      limits.connections_per_address = 3;
      limits.header_time = limits.idle_time = milliseconds(60'000);
    };
  }
  // Connections that have begun a request and do not go on with it.
  std::vector<LoopbackClient> begun(int count) {
    std::vector<LoopbackClient> held;
    for (int i = 0; i < count; ++i) {
      held.emplace_back(server_->port());
      held.back().send_request("GET", "/healthz");
      EXPECT_EQ(held.back().read_answer().status, 200);
      held.back().send("GET /healthz HTTP/1.1\r\n");
    }
    std::this_thread::sleep_for(milliseconds(100));
    return held;
  }
};

TEST_F(ConnectionsTest, ThoseBeyondTheLimitAreRefused) {
  start();
  auto held = begun(3);
  LoopbackClient refused(server_->port());
  const Answer answer = refused.read_answer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "too_many_connections");
  EXPECT_FALSE(answer.header("Retry-After").empty());
  held.pop_back();
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(ConnectionsTest, IdleOnesMakeRoom) {
  start();
  auto held = begun(1);
  std::vector<LoopbackClient> idle;
  for (int i = 0; i < 20; ++i) {
    idle.emplace_back(server_->port());
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_TRUE(idle.front().is_closed());
  held.front().send("Host: localhost\r\n\r\n");  // whoever has begun is served
  EXPECT_EQ(held.front().read_answer().status, 200);
}

TEST_F(ConnectionsTest, MetricsHaveTheirOwn) {
  environment_["BACKTEST_METRICS_LISTEN"] = "127.0.0.1:0";
  start();
  const auto held = begun(3);
  LoopbackClient scraper(server_->metrics_port());
  scraper.send_request("GET", "/healthz");
  EXPECT_EQ(scraper.read_answer().status, 200);
}

TEST_F(ConnectionsTest, BehindATrustedProxyCallersAreCountedApart) {
  environment_["BACKTEST_TRUSTED_PROXIES"] = "127.0.0.0/8";
  const auto before = adjust_limits_;
  adjust_limits_ = [before](HttpLimits& limits) {
    before(limits);
    limits.connections = 20;
    limits.connections_per_address = 2;
    limits.body_time = milliseconds(60'000);
  };
  start();
  EXPECT_EQ(get("/healthz", "X-Forwarded-Proto: https\r\n").header("Strict-Transport-Security"), "max-age=31536000");
  std::vector<LoopbackClient> held;
  for (int i = 0; i < 2; ++i) {
    held.emplace_back(server_->port());
    held.back().send(
        "POST /backtests HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n"
        "X-Forwarded-For: 198.51.100.1\r\n\r\n{");
  }
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(get("/backtests", "X-Forwarded-For: 198.51.100.1\r\n").code(), "too_many_connections");
  EXPECT_EQ(get("/backtests", "X-Forwarded-For: 198.51.100.1, 198.51.100.2\r\n").status, 200);
  held.clear();
  std::this_thread::sleep_for(milliseconds(100));
  EXPECT_EQ(get("/backtests", "X-Forwarded-For: 198.51.100.1\r\n").status, 200);
}

TEST_F(ProtocolTest, HealthReadinessMetricsAndDrain) {
  environment_["BACKTEST_METRICS_LISTEN"] = "127.0.0.1:0";
  start();
  for (int i = 0; i < 50 && get("/readyz").status != 200; ++i) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(get("/readyz").body, R"({"status":"ok"})");
  submit("R1");
  const std::string metrics = get("/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("backtest_runs{status=\"queued\"} 1\n"));
  EXPECT_THAT(metrics,
              HasSubstr("backtest_http_requests_total{route=\"/backtests\",method=\"POST\",status=\"202\"} 1"));
  LoopbackClient own_port(server_->metrics_port());
  own_port.send_request("GET", "/metrics");
  EXPECT_EQ(own_port.read_answer().status, 200);
  own_port.send_request("GET", "/backtests");
  EXPECT_EQ(own_port.read_answer().status, 404);
  server_->begin_drain();
  EXPECT_EQ(get("/readyz").code(), "not_ready");
  EXPECT_EQ(get("/healthz").status, 200);
  server_->stop(milliseconds(1'000));
  EXPECT_THROW(get("/healthz"), std::runtime_error);
}

TEST_F(ProtocolTest, AFailingCheckIsNotReadyAndShowsNoInternals) {
  hooks_.unready = [] { return std::optional<std::string>("the queue is not open"); };
  start();
  std::this_thread::sleep_for(milliseconds(200));
  const Answer answer = get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.json().at("detail"), "the queue is not open");
}

// What the document says and what the table says are the same.
TEST_F(ProtocolTest, OpenapiDescribesTheRoutes) {
  start();
  const json::object paths = get("/openapi.json").json().at("paths").as_object();
  std::vector<std::string> described, served;
  for (const auto& [path, operations] : paths) {
    for (const auto& [method, operation] : operations.as_object()) {
      std::string name(method);
      for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
      described.push_back(name + " " + std::string(path));
    }
  }
  for (const Route& route : all_routes()) {
    if (!route.in_openapi) continue;
    std::string pattern(route.pattern);
    if (const std::size_t star = pattern.find("*}"); star != std::string::npos) pattern.erase(star, 1);
    served.push_back(std::string(route.method) + " " + pattern);
  }
  EXPECT_THAT(described, testing::UnorderedElementsAreArray(served));
}

TEST_F(ProtocolTest, APrefixAnswersBesideThePlainPaths) {
  environment_["BACKTEST_API_PREFIX"] = "/team/api";
  environment_["BACKTEST_API_KEY"] = "key";
  start();
  const std::string key = "X-API-Key: key\r\n";
  for (const std::string prefix : {"", "/team/api"}) {
    EXPECT_EQ(get(prefix + "/healthz").status, 200) << prefix;
    EXPECT_EQ(get(prefix + "/backtests").status, 401) << prefix;
    EXPECT_EQ(get(prefix + "/backtests", key).status, 200) << prefix;
    EXPECT_EQ(get(prefix + "/nothing").status, 404) << prefix;
    EXPECT_EQ(get(prefix + "/backtests/", key).header("Location"), prefix + "/backtests");
    const std::string id = prefix.empty() ? "R1" : "R2";
    const Answer made = post(prefix + "/backtests", submission(id), key);
    EXPECT_EQ(made.status, 202) << made.body;
    EXPECT_EQ(made.header("Location"), prefix + "/backtests/" + id);
    const json::object links = get(prefix + "/backtests/" + id, key).json().at("links").as_object();
    EXPECT_EQ(std::string(links.at("self").as_string()), prefix + "/backtests/" + id);
  }
  for (const char* target : {"/team", "/team/", "/team/api", "/team/api/", "/team/healthz", "/api/healthz"}) {
    EXPECT_EQ(get(target, key).status, 404) << target;
  }
}

TEST_F(ProtocolTest, PagesOfNamedOriginsMayCall) {
  environment_["BACKTEST_CORS_ORIGINS"] = "https://app.example.com, http://localhost:3000";
  environment_["BACKTEST_API_KEY"] = "key";
  start();
  const std::string ours = "Origin: https://app.example.com\r\n";
  const Answer preflight = call("OPTIONS", "/backtests",
                                ours +
                                    "Access-Control-Request-Method: POST\r\n"
                                    "Access-Control-Request-Headers: x-api-key\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "https://app.example.com");
  EXPECT_EQ(preflight.header("Access-Control-Allow-Methods"), "POST, GET, HEAD");
  EXPECT_THAT(preflight.header("Access-Control-Allow-Headers"), HasSubstr("X-API-Key"));
  EXPECT_EQ(preflight.header("Access-Control-Allow-Credentials"), "");
  EXPECT_EQ(preflight.header("Vary"), "Origin");
  // Errors too, or the page could not read why.
  for (const Answer& answer : {get("/backtests", ours), get("/backtests", ours + "X-API-Key: key\r\n"),
                               get("/backtests/none", ours + "X-API-Key: key\r\n")}) {
    EXPECT_EQ(answer.header("Access-Control-Allow-Origin"), "https://app.example.com") << answer.status;
  }
  for (const char* origin : {"https://app.example.com.evil.example", "https://APP.example.com", "null", "*",
                             "https://app.example.com:443", "http://app.example.com"}) {
    const std::string header = "Origin: " + std::string(origin) + "\r\n";
    EXPECT_EQ(get("/healthz", header).header("Access-Control-Allow-Origin"), "") << origin;
    EXPECT_EQ(call("OPTIONS", "/backtests", header + "Access-Control-Request-Method: POST\r\n").status, 401) << origin;
  }
  EXPECT_EQ(get("/healthz").header("Vary"), "Origin");
}

}  // namespace
}  // namespace backtest
