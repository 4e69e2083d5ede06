// Submitting, listing, cancelling and removing runs over HTTP.
#include <thread>

#include "edge/http/resource/list_cursor.hpp"
#include "edge/http/server/service_for_tests.hpp"

namespace backtest {
namespace {

using testing::HasSubstr;

class RunsTest : public ServiceTest {
 protected:
  void SetUp() override {
    ServiceTest::SetUp();
    start();
  }
};

TEST_F(RunsTest, SubmitThenReadTheRecord_API30) {
  const Answer accepted = post("/backtests", submission("R1"));
  ASSERT_EQ(accepted.status, 202) << accepted.body;
  EXPECT_EQ(accepted.header("Location"), "/backtests/R1");
  EXPECT_EQ(accepted.json().at("run_id"), "R1");
  EXPECT_EQ(accepted.json().at("status"), "queued");

  const json::object record = get("/backtests/R1/status").json();
  EXPECT_EQ(record.at("run_name"), "first");
  EXPECT_EQ(record.at("start_date"), "2024-01-01");
  EXPECT_EQ(record.at("output_dir"), "R1");
  EXPECT_TRUE(record.at("started_at").is_null());
  EXPECT_TRUE(record.at("error").is_null());
  EXPECT_FALSE(record.contains("config_json"));
  EXPECT_EQ(get("/backtests/R1").json().at("links").at("summary"), "/backtests/R1/summary");

  const json::object config = get("/backtests/R1/config").json();
  EXPECT_EQ(config.at("config").at("run_name"), "first");
  EXPECT_EQ(config.at("effective_config").at("initial_cash").to_number<double>(), 100000.0);
}

TEST_F(RunsTest, QueuedRunsSayTheirPlaceInListsToo) {
  for (const char* id : {"Q1", "Q2", "Q3"}) submit(id);
  complete({});  // the first one
  EXPECT_EQ(get("/backtests/Q3").json().at("queue_position"), 2);
  const json::object list = get("/backtests").json();
  const json::array& runs = list.at("runs").as_array();
  EXPECT_EQ(runs.at(0).at("queue_position"), 2);
  EXPECT_EQ(runs.at(1).at("queue_position"), 1);
  EXPECT_FALSE(runs.at(2).as_object().contains("queue_position"));
  EXPECT_EQ(get("/backtests?limit=1").json().at("runs").at(0).at("queue_position"), 2)
      << "in the queue, not on the page";
}

TEST_F(RunsTest, ListsAreSortedByTheEndAndTheDurationOfRuns) {
  for (const char* id : {"E1", "E2", "E3"}) submit(id);
  for (int i = 0; i < 2; ++i) complete({});
  const json::object first = get("/backtests?sort=-completed_at&limit=1").json();
  EXPECT_EQ(first.at("runs").at(0).at("run_id"), "E2");
  const std::string cursor(first.at("next_cursor").as_string());
  const json::object next = get("/backtests?sort=-completed_at&limit=1&cursor=" + cursor).json();
  EXPECT_EQ(next.at("runs").at(0).at("run_id"), "E1");
  EXPECT_TRUE(next.at("next_cursor").is_null()) << "what is not over has no end";
  EXPECT_EQ(get("/backtests?sort=duration&cursor=" + cursor).status, 400) << "a cursor of another order";
  EXPECT_EQ(get("/backtests?sort=duration").json().at("runs").as_array().size(), 2u);
}

TEST_F(RunsTest, SubmitYamlAndAGeneratedId_CFG22) {
  const std::string yaml =
      "start_date: 2024-01-01\\nend_date: 2024-02-01\\nuniverse: {symbols: [A]}\\n"
      "data: {price_source: local, price_path: " +
      (directory_ / "data/prices.csv").string() + "}\\nstrategy: {class: BuyAndHoldStrategy}\\n";
  const Answer accepted = post("/backtests", "{\"config_yaml\":\"" + yaml + "\"}");
  ASSERT_EQ(accepted.status, 202) << accepted.body;
  EXPECT_THAT(std::string(accepted.json().at("run_id").as_string()), testing::MatchesRegex("RUN[0-9]{8}-[0-9a-f]{16}"));
}

TEST_F(RunsTest, AYamlConfigIsKeptAsItWasWritten_API34) {
  const std::string path = (directory_ / "data/prices.csv").string();
  const auto submitted = [&](std::string_view run_id, const std::string& symbol) {
    const std::string yaml = "strategy: {class: BuyAndHoldStrategy, parameters: {symbol: " + symbol +
                             "}}\\nstart_date: 2024-01-01\\nend_date: 2024-02-01\\ninitial_cash: 50_000\\n"
                             "universe: {symbols: [" +
                             symbol + "]}\\ndata: {price_source: local, price_path: " + path + "}\\n";
    EXPECT_EQ(
        post("/backtests", "{\"run_id\":\"" + std::string(run_id) + "\",\"config_yaml\":\"" + yaml + "\"}").status,
        202);
    return get("/backtests/" + std::string(run_id) + "/config").json().at("config");
  };
  EXPECT_EQ(json_text(submitted("Y1", "A")),
            "{\"data\":{\"price_path\":\"" + path +
                "\",\"price_source\":\"local\"},\"end_date\":\"2024-02-01\",\"initial_cash\":50000,"
                "\"start_date\":\"2024-01-01\",\"strategy\":{\"class\":\"BuyAndHoldStrategy\",\"parameters\":"
                "{\"symbol\":\"A\"}},\"universe\":{\"symbols\":[\"A\"]}}");
  // ON is a flag to YAML and a ticker here: JSON keeps what was meant, by the resolved config.
  EXPECT_EQ(submitted("Y2", "ON").at("universe").at("symbols").at(0), "ON");
}

TEST_F(RunsTest, WhatIsWrongIsSaid) {
  submit("TAKEN");
  struct Case {
    std::string body;
    int status;
    std::string code;
  };
  std::string misspelt = config(), elsewhere = config(), no_data = config();
  misspelt.replace(misspelt.find("initial_cash"), 12, "inital_cash");
  elsewhere.replace(elsewhere.find("prices.csv"), 10, "../../../etc/passwd");
  for (const Case& c : std::vector<Case>{
           {"", 422, "invalid_json"},
           {"[]", 422, "invalid_json"},
           {"{\"config\":{},\"config\":{}}", 422, "invalid_json"},
           {"{\"config\":{\"initial_cash\":1e400}}", 422, "invalid_json"},
           {std::string(200, '['), 422, "invalid_json"},
           {"{}", 422, "invalid_parameter"},
           {"{\"config\":{},\"config_yaml\":\" \"}", 422, "invalid_parameter"},
           {"{\"config\":" + config() + ",\"config_yaml\":\"a: 1\"}", 422, "invalid_parameter"},
           {"{\"config\":[1]}", 422, "invalid_parameter"},
           {"{\"strict\":\"no\",\"config\":" + config() + "}", 422, "invalid_parameter"},
           {"{\"priority\":101,\"config\":" + config() + "}", 422, "invalid_parameter"},
           {"{\"run_id\":\"a/b\",\"config\":" + config() + "}", 400, "invalid_run_id"},
           {"{\"run_id\":\"Compare\",\"config\":" + config() + "}", 400, "invalid_run_id"},
           {"{\"config_yaml\":\"a: [\"}", 400, "invalid_config"},
           {"{\"config_yaml\":\"- a\"}", 400, "invalid_config"},
           {"{\"config\":" + misspelt + "}", 400, "invalid_config"},
           {"{\"config\":" + elsewhere + "}", 400, "invalid_config"},
           {submission("TAKEN"), 409, "duplicate_run_id"},
       }) {
    const Answer answer = post("/backtests", c.body);
    EXPECT_EQ(answer.status, c.status) << c.body << answer.body;
    EXPECT_EQ(answer.code(), c.code) << c.body << answer.body;
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    EXPECT_THAT(answer.body, testing::Not(HasSubstr((directory_ / "out").string())));
  }
  EXPECT_EQ(call("POST", "/backtests", "Content-Type: text/plain\r\n", submission("R")).status, 415);
}

TEST_F(RunsTest, DataOutsideTheAllowedDirectoriesIsRefusedWithoutNamingThem_SEC4) {
  std::string elsewhere = config();
  const std::string allowed = (directory_ / "data").string();
  elsewhere.replace(elsewhere.find(allowed), allowed.size(), "/etc");
  const Answer answer = post("/backtests", "{\"config\":" + elsewhere + "}");
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("data.price_path"));
  EXPECT_THAT(answer.body, testing::Not(HasSubstr(allowed)));
}

TEST_F(RunsTest, OneKeyIsOneRun) {
  const std::string key = "Idempotency-Key: k-1\r\n";
  const Answer first = post("/backtests", "{\"config\":" + config() + "}", key);
  const Answer again = post("/backtests", "{ \"config\": " + config() + " }", key);
  ASSERT_EQ(first.status, 202);
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(again.json().at("run_id"), first.json().at("run_id"));
  const Answer other = post("/backtests", "{\"priority\":1,\"config\":" + config() + "}", key);
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.code(), "idempotency_conflict");
  EXPECT_EQ(post("/backtests", submission("X"), "Idempotency-Key: \r\n").status, 400);
}

TEST_F(RunsTest, ConcurrentSubmissionsWithOneKeyAreOneRun) {
  std::vector<std::thread> clients;
  std::vector<std::string> ids(40);
  for (std::string& id : ids) {
    clients.emplace_back([&] {
      const Answer answer = post("/backtests", "{\"config\":" + config() + "}", "Idempotency-Key: same\r\n");
      id = answer.status == 202 ? std::string(answer.json().at("run_id").as_string()) : answer.body;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_THAT(ids, testing::Each(ids.front()));
  EXPECT_EQ(runs_->counts().queued, 1);
}

TEST_F(RunsTest, PagesByCursorHoldEachRunOnce_W74) {
  for (int i = 0; i < 7; ++i) submit("R" + std::to_string(i));
  std::vector<std::string> seen;
  std::string target = "/backtests?limit=3";
  for (int page = 0; page < 5; ++page) {
    const json::object body = get(target).json();
    for (const json::value& run : body.at("runs").as_array()) seen.emplace_back(run.at("run_id").as_string());
    if (page == 0) submit("LATE");
    if (body.at("next_cursor").is_null()) break;
    target = "/backtests?limit=3&cursor=" + std::string(body.at("next_cursor").as_string());
  }
  EXPECT_THAT(seen, testing::ElementsAre("R6", "R5", "R4", "R3", "R2", "R1", "R0"));
}

TEST_F(RunsTest, ListFiltersAndItsErrors_API13) {
  submit("alpha");
  submit("beta");
  EXPECT_EQ(get("/backtests?q=LPH").json().at("runs").as_array().size(), 1u);
  EXPECT_EQ(get("/backtests?q=%25").json().at("runs").as_array().size(), 0u);
  EXPECT_EQ(get("/backtests?status=queued&offset=1").json().at("runs").as_array().size(), 1u);
  EXPECT_EQ(get("/backtests?status=completed").json().at("runs").as_array().size(), 0u);
  EXPECT_EQ(get("/backtests?status=").status, 400);
  EXPECT_EQ(get("/backtests?status=done").code(), "invalid_status");
  EXPECT_EQ(get("/backtests?limit=0").status, 422);
  EXPECT_EQ(get("/backtests?limit=201").code(), "invalid_parameter");
  EXPECT_EQ(get("/backtests?offset=-1").status, 422);
  EXPECT_EQ(get("/backtests?cursor=zzz").code(), "invalid_cursor");
}

TEST_F(RunsTest, CancelAndRemove) {
  submit("R1");
  EXPECT_EQ(call("DELETE", "/backtests/R1").code(), "run_not_finished");
  const Answer cancelled = post("/backtests/R1/cancel", "");
  EXPECT_EQ(cancelled.status, 202);
  EXPECT_EQ(cancelled.json().at("status"), "cancelled");
  EXPECT_EQ(post("/backtests/R1/cancel", "").code(), "run_finished");
  EXPECT_EQ(call("DELETE", "/backtests/R1").status, 204);
  EXPECT_EQ(get("/backtests/R1").code(), "run_not_found");
  EXPECT_EQ(call("DELETE", "/backtests/R1").status, 404);
  EXPECT_EQ(post("/backtests/R1/cancel", "").status, 404);
  EXPECT_EQ(get("/backtests/.bad/status").code(), "invalid_run_id");
}

TEST_F(RunsTest, ValidateQueuesNothing) {
  const json::object good = post("/backtests/validate", "{\"config\":" + config() + "}").json();
  EXPECT_EQ(good.at("valid"), true);
  EXPECT_EQ(good.at("effective_config").at("run_name"), "first");
  const Answer bad = post("/backtests/validate", R"({"config":{"start_date":"x"}})");
  EXPECT_EQ(bad.status, 200);
  EXPECT_EQ(bad.json().at("valid"), false);
  EXPECT_FALSE(bad.json().at("errors").as_array().empty());
  EXPECT_EQ(runs_->counts().queued, 0);
}

TEST_F(RunsTest, WarningsComeByImportanceWithTheirRemedy) {
  std::string costly = config();
  costly.pop_back();
  costly += R"(,"output":{"save_plots":true},"broker":{"commission":0.1}})";
  const json::array warnings =
      post("/backtests/validate", "{\"config\":" + costly + "}").json().at("warnings").as_array();
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0].at("path"), "broker.commission");
  EXPECT_EQ(warnings[0].at("importance"), "high");
  EXPECT_EQ(warnings[0].at("remedy"), "write 0.001 if 0.1 % was meant");
  EXPECT_EQ(warnings[1].at("path"), "output.save_plots");
  EXPECT_EQ(warnings[1].at("importance"), "normal");
}

TEST_F(RunsTest, CompareShowsWhereConfigsDiffer) {
  submit("A");
  std::string other = submission("B");
  other.replace(other.find("100000"), 6, "200000");
  ASSERT_EQ(post("/backtests", other).status, 202);
  const json::object body = get("/backtests/compare?ids=A,B").json();
  EXPECT_EQ(body.at("runs").as_array().size(), 2u);
  ASSERT_EQ(body.at("config_differences").as_array().size(), 1u);
  EXPECT_EQ(body.at("config_differences").at(0).at("path"), "initial_cash");
  EXPECT_EQ(get("/backtests/compare?ids=A,C").status, 404);
  EXPECT_EQ(get("/backtests/compare").status, 422);
}

TEST(ListCursorText, OnlyItsOwnTextIsACursor) {
  const ListCursor cursor{.submitted_at = 1234567890, .run_id = "R-1"};
  const auto parsed = parse_cursor(cursor_text(cursor, {}), {});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->submitted_at, cursor.submitted_at);
  EXPECT_EQ(parsed->run_id, "R-1");
  for (std::string_view text : {"", "MXw", "MXx4fFI", "=", "MXwxfA"}) EXPECT_FALSE(parse_cursor(text, {})) << text;
}

TEST(ListCursorText, BelongsToItsOrder) {
  const ListFilter by_sharpe{.order = RunOrder::sharpe_ratio};
  const std::string text = cursor_text({.submitted_at = 5, .run_id = "R-1", .number = -0.12345678901234567}, by_sharpe);
  const auto parsed = parse_cursor(text, by_sharpe);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->number, -0.12345678901234567);
  EXPECT_EQ(parsed->run_id, "R-1");
  EXPECT_FALSE(parse_cursor(text, {}));
  EXPECT_FALSE(parse_cursor(text, {.order = RunOrder::max_drawdown}));
  EXPECT_FALSE(parse_cursor(text, {.order = RunOrder::sharpe_ratio, .is_ascending = true}));
}

TEST_F(RunsTest, TagsNamesAndNotesAreEdited) {
  std::string tagged = submission("A");
  tagged.insert(tagged.rfind('}'), R"(, "tags": ["live", " first "], "note": "why")");
  ASSERT_EQ(post("/backtests", tagged).status, 202);
  submit("B");
  json::object run = get("/backtests/A").json();
  EXPECT_EQ(run.at("tags"), (json::array{"first", "live"}));
  EXPECT_EQ(run.at("note"), "why");
  EXPECT_NE(run.at("strategy"), nullptr);
  const auto patch = [&](const std::string& body) {
    return call("PATCH", "/backtests/A", "Content-Type: application/json\r\n", body);
  };
  const auto edited = patch(R"({"run_name": "Momentum", "tags": ["review"], "note": null})");
  ASSERT_EQ(edited.status, 200) << edited.body;
  run = get("/backtests/A").json();
  EXPECT_EQ(run.at("tags"), (json::array{"review"}));
  EXPECT_EQ(run.at("note"), nullptr);
  EXPECT_EQ(run.at("run_name"), "Momentum");
  EXPECT_EQ(get("/backtests?tags=review").json().at("runs").as_array().size(), 1u);
  EXPECT_EQ(get("/backtests?tags=live").json().at("runs").as_array().size(), 0u);
  run = patch(R"({"add_tags": ["live", "year"], "remove_tags": ["review", "absent"]})").json();
  EXPECT_EQ(run.at("tags"), (json::array{"live", "year"}));
  EXPECT_EQ(patch(R"({"remove_tags": ["year"], "note": "seen"})").json().at("note"), "seen");
  EXPECT_EQ(patch(R"({"add_tags": ["review"], "remove_tags": ["live"]})").json().at("tags"), json::array{"review"});
  EXPECT_EQ(get("/backtests?sort=submitted_at").json().at("runs").at(0).at("run_id"), "A");
  for (const char* wrong : {R"({})", R"({"priority": 1})", R"({"tags": "live"})", R"({"tags": ["a,b"]})",
                            R"({"add_tags": ["a,b"]})", R"({"tags": [], "add_tags": ["a"]})", R"([])"}) {
    EXPECT_EQ(patch(wrong).status, 422) << wrong;
  }
  for (const char* wrong : {"sort=name", "sharpe_ratio_min=x", "submitted_from=soon", "tags=,a"}) {
    const int status = get("/backtests?" + std::string(wrong)).status;
    EXPECT_EQ(status, std::string(wrong) == "tags=,a" ? 200 : 422) << wrong;
  }
  EXPECT_EQ(call("PATCH", "/backtests/none", "Content-Type: application/json\r\n", R"({"note": "x"})").status, 404);
}

TEST_F(RunsTest, TwoWhoAddOneTagAtOnceLoseNothingElse) {
  submit("A");
  const auto patch = [&](const std::string& body) {
    EXPECT_EQ(call("PATCH", "/backtests/A", "Content-Type: application/json\r\n", body).status, 200);
  };
  for (int round = 0; round < 40; ++round) {
    const std::string text = std::to_string(round), tag = R"("add_tags": ["t)" + text + R"("])";
    {
      const std::jthread other([&] { patch("{" + tag + R"(, "note": "n)" + text + "\"}"); });
      patch("{" + tag + R"(, "run_name": "r)" + text + "\"}");
    }
    const json::object run = get("/backtests/A").json();
    ASSERT_EQ(run.at("note"), json::value("n" + text));
    ASSERT_EQ(run.at("run_name"), json::value("r" + text));
    patch(R"({"tags": []})");
  }
}

class QueueLimitTest : public ServiceTest {};

TEST_F(QueueLimitTest, AFullQueueRefuses) {
  environment_["BACKTEST_QUEUE_LIMIT"] = "1";
  start();
  submit("R1");
  const Answer refused = post("/backtests", submission("R2"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.code(), "queue_full");
  EXPECT_FALSE(refused.header("Retry-After").empty());
}

TEST_F(QueueLimitTest, WhoHasNoRoomGetsTheRunsOfKnownKeys_W86) {
  environment_["BACKTEST_QUEUE_LIMIT_PER_SUBMITTER"] = "1";
  start();
  const std::string key = "Idempotency-Key: k1\r\n";
  ASSERT_EQ(post("/backtests", submission("R1"), key).status, 202);
  const Answer again = post("/backtests", submission("R1"), key);
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(post("/backtests", submission("R1")).code(), "duplicate_run_id");
  EXPECT_EQ(post("/backtests", submission("R2"), "Idempotency-Key: k2\r\n").code(), "submitter_queue_full");
  EXPECT_EQ(post("/backtests", submission("R2")).code(), "submitter_queue_full");
  std::vector<std::string> told;
  for (const AuditEvent& event : runs_->access_records()->audit_events({}, 100)) {
    told.push_back(event.action + " " + event.detail);
  }
  EXPECT_THAT(
      told, testing::ElementsAre("refused submit: submitter_queue_full", "submit ",
                                 "refused submit: submitter_queue_full", "submit ", "refused submit: duplicate_run_id",
                                 "submit ", "replayed submit: the Idempotency-Key was known", "submit ", "submit "));
}

}  // namespace
}  // namespace backtest
