// Links to tear sheets: what they open, for how long, and what a frame may do with it.
#include "edge/http/resource/tearsheet_link.hpp"

#include "edge/http/server/service_for_tests.hpp"

namespace backtest {
namespace {

using testing::HasSubstr;

TEST(TearsheetLinks, OneResultForItsTimeByOneSecret_API35) {
  const TearsheetLinks links{Secret("between replicas")}, same{Secret("between replicas")}, other{Secret("another")};
  const std::string ticket = links.ticket("R1", "first", 1'000);
  EXPECT_EQ(links.result_of("R1", ticket, 999), "first");
  EXPECT_EQ(same.result_of("R1", ticket, 999), "first");
  EXPECT_FALSE(links.result_of("R1", ticket, 1'000)) << "its time is over";
  EXPECT_FALSE(links.result_of("R2", ticket, 999));
  EXPECT_FALSE(other.result_of("R1", ticket, 999));
  std::string of_another_result = ticket;
  of_another_result.replace(of_another_result.find("first"), 5, "other");
  for (const std::string& forged :
       {std::string(), std::string("."), std::string("9999."), std::string(".."), "9999" + ticket.substr(4),
        ticket.substr(0, ticket.size() - 1), ticket + "A", of_another_result}) {
    EXPECT_FALSE(links.result_of("R1", forged, 999)) << forged;
  }
  const TearsheetLinks made_up{Secret()};
  EXPECT_TRUE(TearsheetLinks{Secret()}.result_of("R1", made_up.ticket("R1", "a", 1'000), 999)) << "of one process";
  EXPECT_FALSE(links.result_of("R1", made_up.ticket("R1", "a", 1'000), 999));
}

TEST(TearsheetLinks, AKeyThatHasALeakGivesNothingForLonger_API35) {
  TearsheetLinks links{Secret("leaked")};
  EXPECT_FALSE(links.result_of("R1", links.ticket("R1", "a", 1'000), 800)) << "none is given for so long";
  const std::string ticket = links.ticket("R1", "a", 1'000);
  links.use(Secret("new"));
  EXPECT_FALSE(links.result_of("R1", ticket, 999));
  EXPECT_TRUE(TearsheetLinks(Secret("new")).result_of("R1", links.ticket("R1", "a", 1'000), 999));
}

class TearsheetTest : public ServiceTest {
 protected:
  void start_with_run() {
    start();
    submit("R1");
    complete({{"tearsheet.html", "<!doctype html><script>1</script>"}, {"chart.svg", "<svg/>"}});
    submit("R2");
    complete({{"summary.json", "{}"}});
  }
  static void expect_sandboxed(const Answer& answer) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "<!doctype html><script>1</script>");
    EXPECT_EQ(answer.header("Content-Disposition"), "inline");
    EXPECT_EQ(answer.header("Content-Security-Policy"),
              "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
              "frame-ancestors 'self'");
    EXPECT_EQ(answer.header("X-Frame-Options"), "");
    EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
  }
};

TEST_F(TearsheetTest, ALinkOpensWithoutACredential_API35) {
  environment_["BACKTEST_API_KEY"] = "key";
  start();
  const std::string key = "X-API-Key: key\r\n";
  ASSERT_EQ(post("/backtests", submission("R1"), key).status, 202);
  complete({{"tearsheet.html", "<!doctype html><script>1</script>"}});
  EXPECT_EQ(call("POST", "/backtests/R1/tearsheet").status, 401);
  const Answer link = call("POST", "/backtests/R1/tearsheet", key);
  ASSERT_EQ(link.status, 201);
  EXPECT_EQ(link.header("Cache-Control"), "no-store");
  const std::string url(link.json().at("url").as_string());
  expect_sandboxed(get(url));
  EXPECT_EQ(get(url + "A").code(), "not_found");
  EXPECT_EQ(get("/backtests/R1/tearsheet").code(), "not_found");
  const Answer file = get("/backtests/R1/artifacts/tearsheet.html", key);
  EXPECT_THAT(file.header("Content-Disposition"), HasSubstr("attachment"));
  EXPECT_EQ(file.header("X-Frame-Options"), "DENY");
}

TEST_F(TearsheetTest, WithoutAuthenticationThePlainPathIsInline_API35) {
  start_with_run();
  expect_sandboxed(get("/backtests/R1/artifacts/tearsheet.html"));
  EXPECT_THAT(get("/backtests/R1/artifacts/chart.svg").header("Content-Disposition"), HasSubstr("attachment"));
  EXPECT_EQ(call("POST", "/backtests/R2/tearsheet").code(), "artifact_not_found");
  EXPECT_EQ(call("POST", "/backtests/R3/tearsheet").code(), "run_not_found");
}

TEST_F(TearsheetTest, ALinkOpensNothingThatTookTheIdLater_API35) {
  environment_["BACKTEST_API_KEY"] = "key";
  start();
  const std::string key = "X-API-Key: key\r\n";
  ASSERT_EQ(post("/backtests", submission("R1"), key).status, 202);
  complete({{"tearsheet.html", "mine"}});
  const std::string url(call("POST", "/backtests/R1/tearsheet", key).json().at("url").as_string());
  ASSERT_EQ(call("DELETE", "/backtests/R1", key).status, 204);
  ASSERT_EQ(post("/backtests", submission("R1"), key).status, 202);
  complete({{"tearsheet.html", "somebody else's"}});
  EXPECT_EQ(get(url).code(), "not_found");
}

TEST_F(TearsheetTest, ANewKeyEndsTheLinksOfTheOld_API35) {
  const std::filesystem::path file = directory_ / "key";
  std::ofstream(file) << "old";
  environment_["BACKTEST_API_KEY_FILE"] = file.string();
  start();
  ASSERT_EQ(post("/backtests", submission("R1"), "X-API-Key: old\r\n").status, 202);
  complete({{"tearsheet.html", "<!doctype html><script>1</script>"}});
  const std::string old(call("POST", "/backtests/R1/tearsheet", "X-API-Key: old\r\n").json().at("url").as_string());
  EXPECT_EQ(get(old).status, 200);
  std::ofstream(file) << "new";
  server_->read_secrets_again();
  EXPECT_EQ(get(old).code(), "not_found");
  const Answer link = call("POST", "/backtests/R1/tearsheet", "X-API-Key: new\r\n");
  ASSERT_EQ(link.status, 201);
  EXPECT_EQ(get(link.json().at("url").as_string()).status, 200);
}

}  // namespace
}  // namespace backtest
