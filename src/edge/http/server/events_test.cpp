// Event streams over HTTP: order, resumption, many listeners.
#include <sys/resource.h>

#include <thread>

#include "edge/http/server/service_for_tests.hpp"

namespace backtest {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class EventsTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    start();
  }
  LoopbackClient listen(const std::string& run_id, const std::string& headers = "") {
    LoopbackClient client(server_->port());
    client.send_request("GET", "/backtests/" + run_id + "/events", headers);
    return client;
  }
};

TEST_F(EventsTest, StatesProgressAndTheEnd) {
  submit("R1");
  LoopbackClient client = listen("R1");
  EXPECT_THAT(client.read_until("\n\n"), HasSubstr("text/event-stream"));
  const ClaimedRun run = claim();
  EXPECT_THAT(client.read_until("\"status\":\"running\""), HasSubstr("event: state"));
  AttemptProgress progress{.fraction = 0.5, .date = "2024-03-01", .bars_per_second = 1234.5, .nav = 101.25};
  ASSERT_EQ(runs_->renew({{run.lease, progress}}, std::chrono::seconds(30)).front(), LeaseState::held);
  const std::string text = client.read_until("\"progress_percent\":50.0");
  EXPECT_THAT(text, HasSubstr("event: progress"));
  EXPECT_THAT(text, HasSubstr("\"bars_per_second\":1234.5,\"date\":\"2024-03-01\",\"nav\":101.25"));
  EXPECT_THAT(get("/backtests/R1").body, HasSubstr("\"progress_nav\":101.25"));
  ASSERT_TRUE(runs_->fail(run.lease, {.code = "bad_data", .message = "no rows"}).has_value());
  const std::string end = client.read_to_end();
  EXPECT_THAT(end, HasSubstr("\"status\":\"failed\""));
  EXPECT_THAT(end, HasSubstr("\"error\":\"no rows\""));
  EXPECT_TRUE(end.ends_with("0\r\n\r\n"));
}

TEST_F(EventsTest, ResumesAfterTheLastEvent) {
  submit("R1");
  ASSERT_EQ(post("/backtests/R1/cancel", "").status, 202);
  const std::string all = listen("R1").read_to_end();
  const std::size_t first_id = all.find("id: ");
  ASSERT_NE(first_id, std::string::npos) << all;
  const std::string first = all.substr(first_id + 4, all.find('\n', first_id) - first_id - 4);
  const std::size_t last_id = all.rfind("id: ");
  const std::string last = all.substr(last_id + 4, all.find('\n', last_id) - last_id - 4);
  ASSERT_NE(first, last);
  const std::string rest = listen("R1", "Last-Event-ID: " + first + "\r\n").read_to_end();
  EXPECT_THAT(rest, testing::Not(HasSubstr("id: " + first + "\n")));
  EXPECT_THAT(rest, HasSubstr("id: " + last + "\n"));
  // Nothing will follow: 204 ends an EventSource.
  EXPECT_EQ(get("/backtests/R1/events", "Last-Event-ID: " + last + "\r\n").status, 204);
  EXPECT_EQ(get("/backtests/R1/events", "Last-Event-ID: x\r\n").status, 400);
  EXPECT_EQ(get("/backtests/NONE/events").status, 404);
}

TEST_F(EventsTest, DrainEndsStreams) {
  submit("R1");
  LoopbackClient client = listen("R1");
  client.read_until("\n\n");
  server_->begin_drain();
  EXPECT_TRUE(client.is_closed());
}

TEST_F(EventsTest, AThousandListenersAndTheServiceStillAnswers) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < 2'200) GTEST_SKIP() << "too few descriptors";
  submit("R1");
  std::vector<LoopbackClient> listeners;
  // Not all at once: so many requests that wait for a slow machine's threads are refused, as they should be.
  for (int i = 0; i < 20; ++i) {
    for (int k = 0; k < 50; ++k) listeners.push_back(listen("R1"));
    for (auto listener = listeners.end() - 50; listener != listeners.end(); ++listener) {
      ASSERT_THAT(listener->read_until("\n\n"), HasSubstr("200 OK"));
    }
  }
  const ClaimedRun run = claim();
  std::chrono::steady_clock::duration slowest{};
  for (int i = 0; i < 50; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(get("/backtests/R1/status").status, 200);
    slowest = std::max(slowest, std::chrono::steady_clock::now() - begin);
  }
  EXPECT_LT(slowest, std::chrono::seconds(1));
  for (LoopbackClient& listener : listeners) {
    ASSERT_THAT(listener.read_until("\"status\":\"running\""), HasSubstr("running"));
  }
  ASSERT_TRUE(runs_->fail(run.lease, {.code = "x", .message = "x"}).has_value());
  for (LoopbackClient& listener : listeners) ASSERT_TRUE(listener.is_closed());
  for (int i = 0; i < 50 && get("/metrics").body.find("backtest_http_streams 0.0") == std::string::npos; ++i) {
    std::this_thread::sleep_for(milliseconds(50));
  }
  EXPECT_THAT(get("/metrics").body, HasSubstr("backtest_http_streams 0.0"));
}

class StreamLimitTest : public ServiceTest {};

TEST_F(StreamLimitTest, StreamsBeyondTheLimitAreRefused) {
  environment_["BACKTEST_MAX_STREAMS"] = "1";
  start();
  submit("R1");
  LoopbackClient first(server_->port());
  first.send_request("GET", "/backtests/R1/events");
  first.read_until("\n\n");
  const Answer refused = get("/backtests/R1/events");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.code(), "too_many_streams");
}

}  // namespace
}  // namespace backtest
