// Every declared field of a run (run_fields.hpp) is kept by every store: a field that was added to the declaration and
// forgotten in a backend fails here.
#include <gtest/gtest.h>

#include <set>
#include <type_traits>

#include "run_store/run_fields.hpp"
#include "run_store/store_for_tests.hpp"

namespace backtest {
namespace {

class RunFieldsOfAStore : public RunStoreFixture {};
void fill(std::string_view name, std::string& value) {
  value = name == "config_sha256" ? std::string(64, 'c') : "given as " + std::string(name);
}
void fill(std::string_view name, std::optional<std::string>& value) {
  fill(name, value.emplace());
}
void fill(std::string_view, std::vector<std::string>& value) {
  value = {"a tag", "another"};
}
void fill(std::string_view, int& value) {
  value = 7;
}

Submission with_every_field(const std::string& run_id) {
  Submission submission;
  const auto give = [&](const auto& field) { fill(field.name, submission.record.*field.member); };
  for_each_field(submitted_run_fields, give);
  for_each_field(config_run_fields, give);
  submission.record.run_id = run_id;
  return submission;
}

RunNumbers every_number() {
  RunNumbers numbers;
  int next = 0;
  for_each_field(run_number_fields, [&](const auto& field) {
    auto& value = numbers.*field.member;
    value.emplace();
    *value = static_cast<std::remove_cvref_t<decltype(*value)>>(++next);
  });
  return numbers;
}

void expect_given_fields(const RunRecord& record, const RunRecord& given, bool with_configs, const char* where) {
  const auto expect = [&](const auto& field) {
    EXPECT_EQ(record.*field.member, given.*field.member) << field.name << " in " << where;
  };
  for_each_field(submitted_run_fields, expect);
  if (with_configs) for_each_field(config_run_fields, expect);
}

template <typename Value>
bool is_set(const Value& value) {
  return value != Value{};
}
bool is_set(const RunNumbers& numbers) {
  bool all = true;
  for_each_field(run_number_fields, [&](const auto& field) { all = all && (numbers.*field.member).has_value(); });
  return all;
}

TEST_P(RunFieldsOfAStore, WhatWasGivenIsInEveryAnswer) {
  const Submission submission = with_every_field("a");
  const RunRecord& given = submission.record;
  expect_given_fields(store_.submit(submission, {})->record, given, true, "submit");
  expect_given_fields(*store_.get("a"), given, true, "get");
  expect_given_fields(store_.get_many({"a"}).at(0), given, false, "get_many");
  expect_given_fields(store_.list({}, std::nullopt, 1).runs.at(0), given, false, "list");
  const auto claimed = claim(1);
  ASSERT_EQ(claimed.size(), 1u);
  expect_given_fields(claimed[0].record, given, true, "claim");
  const auto completed = store_.complete(claimed[0].lease, completion(claimed[0].lease));
  expect_given_fields(*completed, given, false, "complete");
}

TEST_P(RunFieldsOfAStore, EveryNumberIsItsOwn) {
  const Lease lease = submit_and_claim("a");
  Completion done = completion(lease);
  done.numbers = every_number();
  const auto completed = store_.complete(lease, done);
  ASSERT_TRUE(completed);
  for_each_field(run_number_fields, [&](const auto& field) {
    EXPECT_EQ(completed->numbers.*field.member, done.numbers.*field.member) << field.name;
    EXPECT_EQ(store_.get("a")->numbers.*field.member, done.numbers.*field.member) << field.name;
  });
}

// Between them these runs have something in every field; one that no store ever fills would be missing.
TEST_P(RunFieldsOfAStore, EveryFieldIsKept) {
  ASSERT_TRUE(store_.submit(with_every_field("completed"), {}));
  const Lease first = claim_one();
  ASSERT_EQ(renew(first, AttemptProgress{.fraction = 0.5, .date = "2024-01-31", .bars_per_second = 2.0}),
            LeaseState::held);
  Completion done = completion(first);
  done.numbers = every_number();
  ASSERT_TRUE(store_.complete(first, done));

  const Lease lost = submit_and_claim("failed");
  under_test_->advance(beyond_lease);
  ASSERT_EQ(store_.reclaim(8, 3).size(), 1u);
  const Lease second = claim_one();
  ASSERT_EQ(renew(second, AttemptProgress{.fraction = 0.5, .date = "2024-01-31", .nav = 1.0}), LeaseState::held);
  ASSERT_EQ(store_.cancel("failed"), CancelOutcome::requested);
  ASSERT_TRUE(store_.fail(second, {.code = "code", .message = "message", .retryable = true, .max_failed_attempts = 1}));

  std::set<std::string_view> kept;
  for (const char* run_id : {"completed", "failed"}) {
    const RunRecord record = *store_.get(run_id);
    for_each_field(run_fields, [&](const auto& field) {
      if (is_set(record.*field.member)) kept.insert(field.name);
    });
  }
  for_each_field(run_fields, [&](const auto& field) {
    EXPECT_TRUE(kept.contains(field.name)) << field.name << " is declared, and this store never says it";
  });
}

INSTANTIATE_TEST_SUITE_P(Backend, RunFieldsOfAStore, testing::ValuesIn(run_store_backends()),
                         [](const auto& info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RunFieldsOfAStore);

}  // namespace
}  // namespace backtest
