// What the tests of the suite share: a store of their own, and its calls in short words.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "run_store/conformance_for_tests.hpp"

namespace backtest {

inline Submission submission(const std::string& run_id, const std::string& submitter = "ada", int priority = 0) {
  Submission submission;
  submission.record.run_id = run_id;
  submission.record.output_dir = run_id;
  submission.record.submitter = submitter;
  submission.record.priority = priority;
  submission.record.config_json = "{\"of\": \"" + run_id + "\"}";
  submission.record.effective_config_json = "{\"effective\": \"" + run_id + "\"}";
  submission.record.config_sha256 = "sha of " + run_id;
  return submission;
}

class RunStoreFixture : public testing::TestWithParam<RunStoreBackend> {
 protected:
  RunStoreFixture() : under_test_(GetParam().make()), store_(under_test_->store()) {}
  void TearDown() override {
    for (const std::string& contradiction : under_test_->contradictions()) ADD_FAILURE() << contradiction;
  }

  std::chrono::milliseconds milliseconds(int count) const { return count * GetParam().millisecond; }

  void submit(const std::string& run_id, const std::string& submitter = "ada", int priority = 0) {
    ASSERT_TRUE(store_.submit(submission(run_id, submitter, priority), {})) << run_id;
    under_test_->advance(milliseconds(1));  // an order of submission that no clock hides
  }
  std::vector<ClaimedRun> claim(int limit, int submitter_running_limit = 0) {
    return store_.claim({.worker_id = "3c6a5e9e-0f5d-4f0c-9a44-2f1de3a1b001",
                         .limit = limit,
                         .lease_duration = lease_duration,
                         .submitter_running_limit = submitter_running_limit});
  }
  std::vector<std::string> claim_ids(int limit, int submitter_running_limit = 0) {
    std::vector<std::string> ids;
    for (const ClaimedRun& run : claim(limit, submitter_running_limit)) ids.push_back(run.lease.run_id);
    return ids;
  }
  Lease claim_one() {
    const auto claimed = claim(1);
    EXPECT_EQ(claimed.size(), 1u);
    return claimed.empty() ? Lease{} : claimed[0].lease;
  }
  Lease submit_and_claim(const std::string& run_id) {
    submit(run_id);
    return claim_one();
  }
  LeaseState renew(const Lease& lease, std::optional<AttemptProgress> progress = {}) {
    return store_.renew({{lease, std::move(progress)}}, lease_duration).at(0);
  }
  RunState state(const std::string& run_id) { return store_.get(run_id)->state; }
  std::vector<std::string> list_ids(const ListFilter& filter, int limit = 100) {
    std::vector<std::string> ids;
    for (const RunRecord& run : store_.list(filter, std::nullopt, limit).runs) ids.push_back(run.run_id);
    return ids;
  }
  // Every write that a holder can do, in words.
  std::vector<std::string> accepted_writes(const Lease& lease) {
    std::vector<std::string> accepted;
    if (renew(lease) != LeaseState::lost) accepted.push_back("renew");
    if (store_.complete(lease, completion(lease))) accepted.push_back("complete");
    if (store_.fail(lease, {.code = "x", .message = "x"})) accepted.push_back("fail");
    if (store_.fail(lease, {.code = "x", .message = "x", .retryable = true})) accepted.push_back("retry");
    if (store_.release(lease)) accepted.push_back("release");
    if (store_.finish_cancel(lease)) accepted.push_back("finish_cancel");
    return accepted;
  }
  static Completion completion(const Lease& lease) {
    Completion completion;
    completion.artifacts = {"attempts/" + std::to_string(lease.epoch) + "-" + lease.token, "manifest"};
    return completion;
  }

  const std::chrono::milliseconds lease_duration = milliseconds(200), beyond_lease = milliseconds(250);
  std::unique_ptr<RunStoreUnderTest> under_test_;
  RunStore& store_;
};

}  // namespace backtest
