#include "worker/attempt_job.hpp"

#include <gtest/gtest.h>

#include "settings/parse_settings.hpp"
#include "spec/spec.hpp"

namespace backtest {
namespace {

TEST(AttemptJob, JobSurvivesItsLine) {
  AttemptJob job;
  job.run_id = "R1";
  job.config_json = "{\"a\":\"line\\nbreak, \u00e9\"}";
  job.directory = "/somewhere/attempts/1-aa";
  job.submitted_at = "2024-01-31T00:00:00+00:00";
  job.allowed_data_dirs = {"/data", "/more data"};
  job.panel_cache = {.directory = "/cache", .limit_bytes = 5, .min_free_bytes = 6};
  job.memory_limit_bytes = 5'000'000'000;
  job.artifact_limit_bytes = 6'000'000'000;
  job.processor_limit_s = 3600;
  job.access.sql = {.dsn = Secret("host=x password=y"),
                    .allowed_tables = std::vector<std::string>{"a.b", "c.d"},
                    .statement_timeout = std::chrono::seconds(7)};
  job.is_panel_handed_over = true;
  const std::string line = encode(job);
  EXPECT_EQ(line.find('\n'), line.size() - 1) << "one line";
  const auto back = decode_job(line);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->run_id, job.run_id);
  EXPECT_EQ(back->config_json, job.config_json);
  EXPECT_EQ(back->directory, job.directory);
  EXPECT_EQ(back->allowed_data_dirs, job.allowed_data_dirs);
  ASSERT_TRUE(back->panel_cache);
  EXPECT_EQ(back->panel_cache->directory, "/cache");
  EXPECT_EQ(back->panel_cache->limit_bytes, 5u);
  EXPECT_EQ(back->panel_cache->min_free_bytes, 6u);
  EXPECT_EQ(back->memory_limit_bytes, job.memory_limit_bytes);
  EXPECT_EQ(back->artifact_limit_bytes, job.artifact_limit_bytes);
  EXPECT_EQ(back->processor_limit_s, job.processor_limit_s);
  ASSERT_TRUE(back->access.sql);
  EXPECT_EQ(back->access.sql->dsn.reveal(), "host=x password=y");
  EXPECT_EQ(back->access.sql->allowed_tables, job.access.sql->allowed_tables);
  EXPECT_EQ(back->access.sql->statement_timeout, std::chrono::seconds(7));
  EXPECT_TRUE(back->is_panel_handed_over);
}

// SEC-12: what the loader is told opens the places of its config's tables and nothing else.
TEST(AttemptJob, TheLoaderIsToldOfTheAccountsOfItsTablesAlone) {
  DataAccess access;
  access.sql = {.dsn = Secret("password=of_sql"), .allowed_tables = std::nullopt};
  access.storage = parse_storage_settings({{"AZURE_STORAGE_ACCOUNT_NAME", "main"},
                                           {"AZURE_STORAGE_ACCOUNT_KEY", "of_main"},
                                           {"AZURE_CLIENT_SECRET", "of_identity"},
                                           {"BACKTEST_ADLS_ALLOWED_ACCOUNTS", "other,third"},
                                           {"BACKTEST_ADLS_ACCOUNT_OTHER_SAS_TOKEN", "of_other"},
                                           {"BACKTEST_ADLS_CONTAINER_ALLOWLIST", "market"},
                                           {"HOME", "/home/of_cli"},
                                           {"BACKTEST_AZURE_CREDENTIAL", "auto"},
                                           {"AWS_ACCESS_KEY_ID", "of_s3"},
                                           {"AWS_SECRET_ACCESS_KEY", "of_s3"},
                                           {"BACKTEST_S3_BUCKET_ALLOWLIST", "market"}});
  access.storage.azure[2].credential = AzureCredential::azure_cli;
  struct Case {
    const char* source;
    const char* path;
    const char* told;
  };
  for (const Case& c : {Case{"ADLS", "market/prices", "of_main"}, Case{"ADLS", "az://other/market/prices", "of_other"},
                        Case{"ADLS", "az://third/market/prices", "of_cli"}, Case{"s3", "s3://market/prices", "of_s3"},
                        Case{"postgres", "market.prices", "of_sql"}, Case{"local", "prices.csv", "nothing"}}) {
    const std::string text = std::string(R"({"run_name":"a","start_date":"2020-01-01","end_date":"2020-12-31",)") +
                             R"("universe":{"symbols":"all"},"strategy":{"class":"StaticUniverseStrategy"},)" +
                             R"("data":{"price_source":")" + c.source + R"(","price_path":")" + c.path + "\"}}";
    AttemptJob job{.run_id = "R1", .config_json = text, .directory = "/d"};
    job.access = access_needed(parse_spec(text, ""), access);
    const std::string line = encode(job);
    for (const std::string secret : {"of_main", "of_identity", "of_other", "of_cli", "of_s3", "of_sql"}) {
      EXPECT_EQ(line.contains(secret), secret == c.told) << c.path << ": " << secret;
    }
    const auto back = decode_job(line);
    ASSERT_TRUE(back);
    EXPECT_EQ(encode(*back), line) << c.path;
  }
}

TEST(AttemptJob, TellsWhereDataSetsLie) {
  AttemptJob job{.run_id = "R1", .config_json = "{}", .directory = "/d"};
  job.access.datasets = {
      {.path = "dataset:px@0123456789abcdef", .place = "/out/.datasets/content/x.csv", .sha256 = "0123"}};
  const auto back = decode_job(encode(job));
  ASSERT_TRUE(back);
  ASSERT_EQ(back->access.datasets.size(), 1u);
  EXPECT_EQ(back->access.datasets[0].path, "dataset:px@0123456789abcdef");
  EXPECT_EQ(back->access.datasets[0].place, "/out/.datasets/content/x.csv");
  EXPECT_EQ(back->access.datasets[0].sha256, "0123");
}

TEST(AttemptJob, OutcomesAndProgressSurviveTheirLines) {
  AttemptOutcome outcome;
  outcome.kind = OutcomeKind::completed;
  outcome.numbers.total_return = 0.25;
  outcome.numbers.annualized_return = 0.09214664012126805;  // Boost.JSON's own parser reads its neighbour
  outcome.numbers.trades = 12;
  const auto back = decode_message(encode(ChildMessage(outcome)));
  ASSERT_TRUE(back);
  const auto* completed = std::get_if<AttemptOutcome>(&*back);
  ASSERT_NE(completed, nullptr);
  EXPECT_EQ(completed->kind, OutcomeKind::completed);
  EXPECT_EQ(completed->numbers.total_return, 0.25);
  EXPECT_EQ(completed->numbers.annualized_return, outcome.numbers.annualized_return) << "to the bit (W-60)";
  EXPECT_EQ(completed->numbers.sharpe_ratio, std::nullopt) << "undefined stays null";
  EXPECT_EQ(completed->numbers.trades, 12);

  const auto failed = decode_message(encode(ChildMessage(AttemptOutcome{
      .kind = OutcomeKind::source_unavailable, .message = "at host", .advice = "look there", .numbers = {}})));
  ASSERT_TRUE(failed);
  EXPECT_EQ(std::get<AttemptOutcome>(*failed).kind, OutcomeKind::source_unavailable);
  EXPECT_EQ(std::get<AttemptOutcome>(*failed).advice, "look there");

  constexpr double nav = 1'009'214.664012126805;
  const auto progress = decode_message(encode(ChildMessage(ChildProgress{0.5, "2024-01-31", 1e6, nav})));
  ASSERT_TRUE(progress);
  EXPECT_EQ(std::get<ChildProgress>(*progress).date, "2024-01-31");
  EXPECT_EQ(std::get<ChildProgress>(*progress).nav, nav) << "to the bit";
}

TEST(AttemptJob, ProgressNeedsNoNav) {
  for (const std::string& line :
       {encode(ChildMessage(ChildProgress{0.5, "2024-01-31", 1e6})),
        std::string("{\"fraction\":0.5,\"date\":\"2024-01-31\",\"bars_per_second\":1e6}\n")}) {
    const auto progress = decode_message(line);
    ASSERT_TRUE(progress) << line;
    EXPECT_EQ(std::get<ChildProgress>(*progress).date, "2024-01-31");
    EXPECT_EQ(std::get<ChildProgress>(*progress).nav, std::nullopt);
  }
}

TEST(AttemptJob, WhatIsNotAMessageIsNone) {
  for (const char* line : {"", "{", "[]", "{}", "{\"outcome\":\"won\"}", "{\"fraction\":\"half\"}"}) {
    EXPECT_EQ(decode_message(line), std::nullopt) << line;
    EXPECT_FALSE(decode_job(line)) << line;
  }
}

}  // namespace
}  // namespace backtest
