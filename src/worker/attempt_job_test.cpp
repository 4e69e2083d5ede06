#include "worker/attempt_job.hpp"

#include <gtest/gtest.h>

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

  const auto progress = decode_message(encode(ChildMessage(ChildProgress{0.5, "2024-01-31", 1e6})));
  ASSERT_TRUE(progress);
  EXPECT_EQ(std::get<ChildProgress>(*progress).date, "2024-01-31");
}

TEST(AttemptJob, WhatIsNotAMessageIsNone) {
  for (const char* line : {"", "{", "[]", "{}", "{\"outcome\":\"won\"}", "{\"fraction\":\"half\"}"}) {
    EXPECT_EQ(decode_message(line), std::nullopt) << line;
    EXPECT_FALSE(decode_job(line)) << line;
  }
}

}  // namespace
}  // namespace backtest
