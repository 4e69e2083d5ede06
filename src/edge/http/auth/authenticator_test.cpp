// Every mode of authentication over HTTP, with a provider of its own (AUTH-1..6, W-76).
#include "edge/http/auth/authenticator.hpp"

#include <thread>

#include "edge/http/auth/provider_for_tests.hpp"
#include "edge/http/server/service_for_tests.hpp"

namespace backtest {
namespace {

using testing::HasSubstr;
using testing::Not;

class AuthenticationTest : public ServiceTest {};

TEST_F(AuthenticationTest, AKeyFileIsReadAgain) {
  const std::filesystem::path file = directory_ / "key";
  const auto hold = [&](const char* text) { std::ofstream(file) << text; };
  hold("first\n");
  environment_["BACKTEST_API_KEY_FILE"] = file.string();
  start();
  EXPECT_EQ(get("/backtests", "X-API-Key: first\r\n").status, 200);
  hold(" second \n");
  EXPECT_EQ(get("/backtests", "X-API-Key: second\r\n").status, 401);
  server_->read_secrets_again();
  EXPECT_EQ(get("/backtests", "X-API-Key: second\r\n").status, 200);
  EXPECT_EQ(get("/backtests", "X-API-Key: first\r\n").status, 401);
  for (const char* wrong : {"", " \n", "two\nlines", "\x01"}) {
    hold(wrong);
    EXPECT_THROW(server_->read_secrets_again(), std::runtime_error) << wrong;
  }
  std::filesystem::remove(file);
  EXPECT_THROW(server_->read_secrets_again(), std::runtime_error);
  EXPECT_EQ(get("/backtests", "X-API-Key: second\r\n").status, 200);
}

TEST_F(AuthenticationTest, ApiKey_AUTH1) {
  environment_["BACKTEST_API_KEY"] = " canary-key ";
  start();
  const Answer anonymous = get("/backtests");
  EXPECT_EQ(anonymous.status, 401);
  EXPECT_EQ(anonymous.header("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(anonymous.code(), "unauthenticated");
  EXPECT_EQ(get("/backtests", "x-api-key:  canary-key \r\n").status, 200);
  EXPECT_EQ(get("/backtests", "X-API-Key: canary-kex\r\n").status, 401);
  EXPECT_EQ(get("/backtests", "X-API-Key: canary-key\r\nX-API-Key: canary-key\r\n").status, 401);
  EXPECT_EQ(get("/backtests", "X-API-Key:\r\n").status, 401);
  EXPECT_EQ(get("/backtests", "Authorization: Bearer canary-key\r\n").status, 401);
}

TEST_F(AuthenticationTest, ComesBeforeEverythingElse_W76) {
  environment_["BACKTEST_API_KEY"] = "key";
  start();
  for (const char* target : {"/backtests?limit=x", "/backtests/.bad", "/backtests/", "/backtests/none/at/all",
                             "/openapi.json", "/metrics"}) {
    EXPECT_EQ(get(target).status, 401) << target;
  }
  EXPECT_EQ(call("PUT", "/backtests").status, 401);
  EXPECT_EQ(post("/backtests", "no json").status, 401);
  for (const char* target : {"/healthz", "/config.js"}) EXPECT_EQ(get(target).status, 200) << target;
  // The body of a stranger is not even read.
  LoopbackClient client(server_->port());
  client.send("POST /backtests HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 401);
}

TEST_F(AuthenticationTest, WithoutAModeOnlyLoopbackNamesAreAnswered) {
  start();
  LoopbackClient client(server_->port());
  client.send("GET /backtests HTTP/1.1\r\nHost: rebound.example\r\n\r\n");
  EXPECT_EQ(client.read_answer().code(), "host_not_allowed");
  EXPECT_EQ(get("/backtests", "Origin: https://evil.example\r\n").status, 200);
  EXPECT_EQ(post("/backtests/R/cancel", "", "Origin: https://evil.example\r\n").code(), "origin_not_allowed");
  EXPECT_EQ(post("/backtests/R/cancel", "", "Origin: http://localhost:5173\r\n").status, 404);
}

class ProviderTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    provider_.publish({key_.jwk(), json::object{{"kty", "EC"}, {"kid", "curve"}}});
    environment_["BACKTEST_OIDC_ISSUER"] = provider_.issuer();
    environment_["BACKTEST_OIDC_AUDIENCE"] = "api://backtest,second";
  }
  json::object claims() const {
    const std::int64_t now = std::time(nullptr);
    return {{"iss", provider_.issuer()}, {"aud", "api://backtest"}, {"sub", "alice"},
            {"exp", now + 600},          {"iat", now - 1},          {"scp", "runs.read runs.write"}};
  }
  int status(const std::string& token) { return get("/backtests", "Authorization: bearer " + token + "\r\n").status; }

  SigningKey key_{"key-1"};
  TestProvider provider_;
};

TEST_F(ProviderTest, Claims_AUTH4) {
  start();
  struct Case {
    const char* name;
    json::value value;
    int status;
  };
  const std::int64_t now = std::time(nullptr);
  for (const Case& c : std::vector<Case>{{"jti", "id", 200},
                                         {"aud", json::array{"x", "second"}, 200},
                                         {"aud", "x", 401},
                                         {"aud", "api://backtest x", 401},
                                         {"aud", nullptr, 401},
                                         {"iss", "https://other.example", 401},
                                         {"iss", json::string(provider_.issuer() + "/"), 401},
                                         {"exp", nullptr, 401},
                                         {"exp", now, 401},
                                         {"exp", "never", 401},
                                         {"nbf", now + 600, 401},
                                         {"iat", now + 600, 401},
                                         {"sub", 7, 401},
                                         {"sub", "", 401},
                                         {"sub", nullptr, 401},
                                         {"sub", "two\nlines", 401},
                                         {"sub", json::string(std::string(1024, 's')), 200},
                                         {"sub", json::string(std::string(1025, 's')), 401},
                                         {"jti", 7, 401}}) {
    json::object changed = claims();
    changed[c.name] = c.value;
    EXPECT_EQ(status(key_.token(changed)), c.status) << c.name << " " << json_text(c.value);
  }
}

TEST_F(ProviderTest, SignaturesAndAlgorithms_AUTH4) {
  start();
  const std::string good = key_.token(claims());
  EXPECT_EQ(status(good), 200);
  const SigningKey stranger("key-1");
  EXPECT_EQ(status(stranger.token(claims())), 401);
  EXPECT_EQ(status(key_.token(claims(), {{"alg", "none"}})), 401);
  EXPECT_EQ(status(key_.token(claims(), {{"alg", "HS256"}})), 401);
  EXPECT_EQ(status(key_.token(claims(), {{"crit", json::array{"b64"}}})), 401);
  EXPECT_EQ(status(key_.token(claims(), {{"kid", "curve"}})), 401);
  std::string tampered = good;
  tampered[good.find('.') + 5] = tampered[good.find('.') + 5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(status(tampered), 401);
  EXPECT_EQ(status(good.substr(0, good.rfind('.') + 1)), 401);
  EXPECT_EQ(status("a.b.c"), 401);
  EXPECT_EQ(status(std::string(3'000, '.')), 401);
}

TEST_F(ProviderTest, AnUnknownKeyCausesAtMostOneFetch_W76) {
  start();
  EXPECT_EQ(status(key_.token(claims())), 200);
  const int fetches = provider_.key_fetches;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(status(key_.token(claims(), {{"kid", "x" + std::to_string(i)}})), 401);
  EXPECT_LE(provider_.key_fetches, fetches + 1);
  EXPECT_EQ(status(key_.token(claims())), 200);
}

TEST_F(ProviderTest, WithoutTheProviderTheRestGoesOn_AUTH5) {
  provider_.broken = true;
  environment_["BACKTEST_API_KEY"] = "key";
  start();
  EXPECT_EQ(status(key_.token(claims())), 502);
  EXPECT_EQ(get("/backtests", "X-API-Key: key\r\n").status, 200);
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(ProviderTest, AWrongKeyBesideAValidTokenPasses_AUTH3) {
  environment_["BACKTEST_API_KEY"] = "key";
  start();
  EXPECT_EQ(get("/backtests", "X-API-Key: wrong\r\nAuthorization: Bearer " + key_.token(claims()) + "\r\n").status,
            200);
}

TEST_F(ProviderTest, ReadAndWriteScopesApart_AUTH6) {
  environment_["BACKTEST_OIDC_READ_SCOPES"] = "runs.read";
  environment_["BACKTEST_OIDC_WRITE_SCOPES"] = "runs.write";
  environment_["BACKTEST_OIDC_REQUIRED_ROLES"] = "quant";
  start();
  const auto statuses = [&](json::object changed) {
    const std::string header = "Authorization: Bearer " + key_.token(changed) + "\r\n";
    return std::pair(get("/backtests", header).status, post("/backtests", "{}", header).status);
  };
  json::object token = claims();
  token["roles"] = json::array{"quant"};
  EXPECT_EQ(statuses(token), std::pair(200, 422));
  token["scp"] = "runs.read";
  EXPECT_EQ(statuses(token), std::pair(200, 403));
  token["scp"] = json::array{"runs.write"};
  EXPECT_EQ(statuses(token), std::pair(403, 422));
  token["scope"] = "runs.read";
  EXPECT_EQ(statuses(token), std::pair(200, 422));
  token["roles"] = "quant";
  EXPECT_EQ(statuses(token), std::pair(403, 403));
  token["roles"] = json::array();
  EXPECT_THAT(get("/backtests", "Authorization: Bearer " + key_.token(token) + "\r\n").body,
              HasSubstr("the token lacks required roles: quant"));
}

TEST_F(ProviderTest, TheSubmitterIsTheSubject) {
  start();
  const std::string header = "Authorization: Bearer " + key_.token(claims()) + "\r\n";
  ASSERT_EQ(post("/backtests", submission("R1"), header).status, 202);
  EXPECT_EQ(get("/backtests/R1", header).json().at("submitter"), "alice");
}

TEST_F(ProviderTest, MarkedSecretsAppearNowhere) {
  environment_["BACKTEST_API_KEY"] = "canary-key";
  environment_["BACKTEST_POSTGRES_DSN"] = "canary-dsn";
  environment_["BACKTEST_POSTGRES_DIRECT_DSN"] = "canary-direct";
  environment_["BACKTEST_MIGRATE_DSN"] = "canary-migrate";
  environment_["BACKTEST_OIDC_JWKS_URL"] = provider_.issuer() + "/keys?sig=canary-query";
  environment_["BACKTEST_LOG_LEVEL"] = "debug";
  provider_.broken = true;  // reasons of failures are logged
  start();
  set_log_level(LogLevel::debug);
  std::string seen;
  const std::string token = key_.token(claims());
  const std::string key = "X-API-Key: canary-key\r\n";
  for (const char* target : {"/healthz", "/readyz", "/config.js", "/metrics", "/openapi.json", "/backtests",
                             "/backtests/R1", "/backtests/R1/config", "/backtests/R1/artifacts", "/nothing"}) {
    seen += get(target, key).body + get(target).body;
    seen += get(target, "Authorization: Bearer " + token + "\r\n").body;
  }
  seen += post("/backtests", submission("R1"), key).body + post("/backtests", "{", key).body;
  seen += effective_settings_text(settings_) + log();
  set_log_level(LogLevel::info);
  EXPECT_THAT(seen, HasSubstr("could not be fetched"));
  EXPECT_THAT(seen, Not(HasSubstr("canary")));
  EXPECT_THAT(seen, Not(HasSubstr(token)));
}

}  // namespace
}  // namespace backtest
