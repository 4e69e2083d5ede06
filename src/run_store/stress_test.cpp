// Many callers at once, and the proof that the checker sees what a weak guard lets through.
#include <gtest/gtest.h>

#include <thread>

#include "run_store/broken_guard_for_tests.hpp"
#include "run_store/conformance_for_tests.hpp"
#include "run_store/stress_for_tests.hpp"

namespace backtest {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Leases that a busy machine keeps, but short enough that pauses beyond them cost little.
StressPlan plan_with(std::uint64_t seed, const RunStoreBackend& backend) {
  return {.seed = seed,
          .runs = backend.stress_runs,
          .workers = backend.stress_workers,
          .lease_duration = backend.stress_lease};
}

class RunStoreStress : public testing::TestWithParam<RunStoreBackend> {
 protected:
  std::unique_ptr<RunStoreUnderTest> under_test_ = GetParam().make();
};

TEST_P(RunStoreStress, LosesAndDoublesNothing) {
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(GetParam().stress_rounds); ++seed) {
    const auto other = under_test_->another();
    const auto result = stress(plan_with(seed, GetParam()), [&](int caller) -> RunStore& {
      return caller % 2 == 0 ? under_test_->store() : *other;
    });
    EXPECT_EQ(joined(result.violations), "") << "seed " << seed;
    EXPECT_GT(result.lost, 0) << "no lease was lost: nothing was tried";
    EXPECT_GT(result.refused_writes, 0) << "no stale worker came back: nothing was tried";
    EXPECT_EQ(joined(under_test_->contradictions()), "") << "seed " << seed;
  }
}

// 200 callers with one key give one run.
TEST_P(RunStoreStress, OneKeyIsOneRun) {
  std::vector<std::string> ids(200);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    threads.emplace_back([&, i] {
      Submission submission;
      submission.record.run_id = "RUN-" + std::to_string(i);
      submission.record.submitter = "ada";
      submission.idempotency_key = "key";
      const auto submitted = under_test_->store().submit(submission, {});
      if (submitted) ids[i] = submitted->record.run_id;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::vector<std::string>(ids.size(), ids[0]), ids);
  EXPECT_EQ(under_test_->store().counts().queued, 1);
}

// A worker must come back late at the very moment at which another one has its run. Where a round has few runs there
// may be none: it is tried again, until there were twice as many as others have in their one.
void expect_found(RunStoreUnderTest& under_test, const RunStoreBackend& backend, BrokenGuard guard) {
  constexpr std::uint64_t first_seed = 7;
  const int usual_runs = RunStoreBackend{}.stress_runs;
  const auto most_rounds =
      static_cast<std::uint64_t>(backend.stress_runs < usual_runs ? 2 * usual_runs / backend.stress_runs : 1);
  BrokenGuardRunStore broken(under_test.store(), guard);
  bool is_found = false;
  for (std::uint64_t seed = first_seed; !is_found && seed < first_seed + most_rounds; ++seed) {
    StressPlan plan = plan_with(seed, backend);
    plan.runs /= 3;
    plan.paused_percent = 40;  // many workers that come back late
    is_found = !stress(plan, [&](int) -> RunStore& { return broken; }).violations.empty();
  }
  EXPECT_TRUE(is_found);
}

TEST_P(RunStoreStress, FindsAGuardByStateAlone) {
  expect_found(*under_test_, GetParam(), BrokenGuard::state_only);
}

TEST_P(RunStoreStress, FindsAGuardByIdAlone) {
  expect_found(*under_test_, GetParam(), BrokenGuard::id_only);
}

INSTANTIATE_TEST_SUITE_P(Backend, RunStoreStress, testing::ValuesIn(run_store_backends()),
                         [](const auto& info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RunStoreStress);

}  // namespace
}  // namespace backtest
