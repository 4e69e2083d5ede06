// Links to tear sheets: what they open, for how long, and what a frame may do with it.
#include "edge/http/resource/tearsheet_link.hpp"

#include "edge/http/server/service_for_tests.hpp"

namespace backtest {
namespace {

using testing::HasSubstr;

TEST(TearsheetLinks, OneRunForItsTimeByOneSecret_API35) {
  const TearsheetLinks links{Secret("between replicas")}, same{Secret("between replicas")}, other{Secret("another")};
  const std::string ticket = links.ticket("R1", 1'000);
  EXPECT_TRUE(links.accepts("R1", ticket, 999));
  EXPECT_TRUE(same.accepts("R1", ticket, 999));
  EXPECT_FALSE(links.accepts("R1", ticket, 1'000)) << "its time is over";
  EXPECT_FALSE(links.accepts("R2", ticket, 999));
  EXPECT_FALSE(other.accepts("R1", ticket, 999));
  for (const std::string& forged : {std::string(), std::string("."), std::string("9999."), "9999" + ticket.substr(4),
                                    ticket.substr(0, ticket.size() - 1), ticket + "A"}) {
    EXPECT_FALSE(links.accepts("R1", forged, 999)) << forged;
  }
  const TearsheetLinks made_up{Secret()};
  EXPECT_TRUE(TearsheetLinks{Secret()}.accepts("R1", made_up.ticket("R1", 1'000), 999)) << "of one process";
  EXPECT_FALSE(links.accepts("R1", made_up.ticket("R1", 1'000), 999));
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

}  // namespace
}  // namespace backtest
