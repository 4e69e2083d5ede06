// What each call of a RunStore that changes runs does and answers, one caller at a time. stress_test.cpp has many at
// once, conformance_reading_test.cpp the calls that read.
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "run_store/store_for_tests.hpp"

namespace backtest {
namespace {

using Ids = std::vector<std::string>;

class RunStoreConformance : public RunStoreFixture {};

// --- submit ---------------------------------------------------------------------------------------------------------

TEST_P(RunStoreConformance, KeepsWhatWasSubmitted) {
  Submission wanted = submission("a");
  wanted.record.run_name = "Gr\xC3\xBC\xC3\x9F'e; drop table runs";
  wanted.record.start_date = "2020-01-01";
  wanted.record.adls_container = "gold";
  wanted.record.adls_prefix = "p/a";
  wanted.record.priority = -3;
  const StoreTime before = store_.now();
  const auto submitted = store_.submit(wanted, {});
  ASSERT_TRUE(submitted);
  EXPECT_FALSE(submitted->existing);
  for (const RunRecord& record : {submitted->record, *store_.get("a")}) {
    EXPECT_EQ(record.run_id, "a");
    EXPECT_EQ(record.state, RunState::queued);
    EXPECT_GE(record.submitted_at, before);
    EXPECT_EQ(record.started_at, std::nullopt);
    EXPECT_EQ(record.completed_at, std::nullopt);
    EXPECT_EQ(record.run_name, wanted.record.run_name);
    EXPECT_EQ(record.start_date, "2020-01-01");
    EXPECT_EQ(record.end_date, std::nullopt);
    EXPECT_EQ(record.adls_container, "gold");
    EXPECT_EQ(record.adls_prefix, "p/a");
    EXPECT_EQ(record.output_dir, "a");
    EXPECT_EQ(record.config_json, wanted.record.config_json);
    EXPECT_EQ(record.effective_config_json, wanted.record.effective_config_json);
    EXPECT_EQ(record.config_sha256, "sha of a");
    EXPECT_EQ(record.submitter, "ada");
    EXPECT_EQ(record.priority, -3);
    EXPECT_EQ(record.attempts, 0);
    EXPECT_EQ(record.artifacts, std::nullopt);
    EXPECT_EQ(record.numbers.sharpe_ratio, std::nullopt);
    EXPECT_FALSE(record.cancel_requested);
  }
}

TEST_P(RunStoreConformance, RefusesAnIdThatIsTaken) {
  submit("a");
  EXPECT_EQ(store_.submit(submission("a", "bob"), {}).error(), SubmitError::duplicate_run_id);
  EXPECT_EQ(store_.get("a")->submitter, "ada");
}

TEST_P(RunStoreConformance, GivesTheSameRunForTheSameKeyAndBody) {
  Submission first = submission("a");
  first.idempotency_key = "key";
  first.body_sha256 = "body";
  ASSERT_TRUE(store_.submit(first, {}));
  Submission again = submission("b");
  again.idempotency_key = "key";
  again.body_sha256 = "body";
  const auto repeated = store_.submit(again, {.queue_limit = 1});  // the key comes before the limit
  ASSERT_TRUE(repeated);
  EXPECT_TRUE(repeated->existing);
  EXPECT_EQ(repeated->record.run_id, "a");
  EXPECT_EQ(store_.get("b"), std::nullopt);
  again.body_sha256 = "other body";
  EXPECT_EQ(store_.submit(again, {}).error(), SubmitError::idempotency_conflict);
  again.record.submitter = "bob";  // a key is its submitter's
  const auto of_bob = store_.submit(again, {});
  ASSERT_TRUE(of_bob);
  EXPECT_EQ(of_bob->record.run_id, "b");
}

TEST_P(RunStoreConformance, AnswersAKnownKeyWithTheRunAsItIsNow) {
  Submission keyed = submission("a");
  keyed.idempotency_key = "key";
  ASSERT_TRUE(store_.submit(keyed, {}));
  store_.cancel("a");
  EXPECT_EQ(store_.submit(keyed, {})->record.state, RunState::cancelled);
  ASSERT_TRUE(store_.remove("a"));
  EXPECT_FALSE(store_.submit(keyed, {})->existing);  // forgotten with its run
}

TEST_P(RunStoreConformance, BoundsTheQueue) {
  ASSERT_TRUE(store_.submit(submission("a"), {.queue_limit = 2}));
  ASSERT_TRUE(store_.submit(submission("b"), {.queue_limit = 2}));
  EXPECT_EQ(store_.submit(submission("c"), {.queue_limit = 2}).error(), SubmitError::queue_full);
  EXPECT_EQ(store_.submit(submission("a"), {.queue_limit = 2}).error(), SubmitError::duplicate_run_id);
  claim_one();  // running runs are not in the queue
  EXPECT_TRUE(store_.submit(submission("c"), {.queue_limit = 2}));
}

// --- claim ----------------------------------------------------------------------------------------------------------

TEST_P(RunStoreConformance, ClaimsInOrderOfSubmission) {
  for (const char* id : {"c", "a", "b"}) submit(id);
  EXPECT_EQ(claim_ids(2), (Ids{"c", "a"}));
  EXPECT_EQ(claim_ids(2), Ids{"b"});
  EXPECT_EQ(claim_ids(2), Ids{});
}

TEST_P(RunStoreConformance, HandsOutARunWithItsLeaseAndConfig) {
  submit("a");
  const auto claimed = claim(1);
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].lease.run_id, "a");
  EXPECT_GE(claimed[0].lease.epoch, 1);
  EXPECT_EQ(claimed[0].lease.token.size(), 32u);
  EXPECT_EQ(claimed[0].record.state, RunState::running);
  EXPECT_EQ(claimed[0].record.effective_config_json, "{\"effective\": \"a\"}");
  EXPECT_EQ(claimed[0].record.attempts, 1);
  EXPECT_TRUE(claimed[0].record.started_at.has_value());
  EXPECT_EQ(store_.current_lease("a"), claimed[0].lease);
  EXPECT_EQ(state("a"), RunState::running);
}

TEST_P(RunStoreConformance, ClaimsHigherPriorityFirst) {
  submit("low", "ada", -1);
  submit("normal", "ada", 0);
  submit("high", "bob", 5);
  submit("high too", "bob", 5);
  EXPECT_EQ(claim_ids(9), (Ids{"high", "high too", "normal", "low"}));
}

TEST_P(RunStoreConformance, ServesSubmittersInTurn) {
  for (const char* id : {"a1", "a2", "a3", "a4", "a5", "a6"}) submit(id, "ada");
  EXPECT_EQ(claim_ids(1), Ids{"a1"});
  submit("b1", "bob");
  submit("b2", "bob");
  submit("c1", "cy");
  Ids next;
  for (int i = 0; i < 6; ++i) next.push_back(claim_one().run_id);
  const std::set<std::string> first_five(next.begin(), next.begin() + 5);
  EXPECT_TRUE(first_five.contains("b1")) << "bob waits for ada's backlog";
  EXPECT_TRUE(first_five.contains("c1")) << "cy waits for ada's backlog";
  EXPECT_TRUE(std::set<std::string>(next.begin(), next.end()).contains("b2"));
}

TEST_P(RunStoreConformance, BoundsWhatASubmitterRunsAtOnce) {
  for (const char* id : {"a1", "a2", "a3"}) submit(id, "ada");
  submit("b1", "bob");
  const auto first = claim(9, 1);
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(claim_ids(9, 1), Ids{});
  const Lease of_ada = first[0].lease.run_id == "a1" ? first[0].lease : first[1].lease;
  ASSERT_TRUE(store_.complete(of_ada, completion(of_ada)));
  EXPECT_EQ(claim_ids(9, 1), Ids{"a2"});
  EXPECT_EQ(claim_ids(9, 0), Ids{"a3"});  // no limit
}

// --- the guard ------------------------------------------------------------------------------------------------------

TEST_P(RunStoreConformance, RefusesEveryWriteThatDoesNotMatchTheLease) {
  const Lease lease = submit_and_claim("a");
  submit("b");
  const std::string other_token(32, '0');
  for (const Lease& wrong : {Lease{"a", lease.epoch, other_token}, Lease{"a", lease.epoch + 1, lease.token},
                             Lease{"a", lease.epoch - 1, lease.token}, Lease{"a", lease.epoch, ""},
                             Lease{"b", lease.epoch, lease.token}, Lease{"no such run", lease.epoch, lease.token}}) {
    EXPECT_EQ(accepted_writes(wrong), Ids{}) << wrong.run_id << " " << wrong.epoch << " " << wrong.token;
  }
  EXPECT_EQ(state("a"), RunState::running);
  EXPECT_EQ(renew(lease), LeaseState::held);
}

TEST_P(RunStoreConformance, RefusesEveryWriteAfterTheLeaseExpired) {
  const Lease lease = submit_and_claim("a");
  under_test_->advance(beyond_lease);
  EXPECT_EQ(accepted_writes(lease), Ids{});  // though nobody has reclaimed it
  EXPECT_EQ(state("a"), RunState::running);
  EXPECT_EQ(store_.current_lease("a"), lease);
}

TEST_P(RunStoreConformance, RefusesTheWorkerThatWasStoppedBeyondItsLease) {
  const Lease old_lease = submit_and_claim("a");
  under_test_->advance(beyond_lease);
  ASSERT_EQ(store_.reclaim(10, 3), Ids{"a"});
  EXPECT_EQ(accepted_writes(old_lease), Ids{});
  const Lease new_lease = claim_one();
  EXPECT_GT(new_lease.epoch, old_lease.epoch);
  EXPECT_NE(new_lease.token, old_lease.token);
  EXPECT_EQ(accepted_writes(old_lease), Ids{});
  const auto completed = store_.complete(new_lease, completion(new_lease));
  ASSERT_TRUE(completed);
  EXPECT_EQ(accepted_writes(old_lease), Ids{});
  EXPECT_EQ(store_.get("a")->artifacts, completion(new_lease).artifacts);
}

// --- renew ----------------------------------------------------------------------------------------------------------

TEST_P(RunStoreConformance, RenewalsKeepALease) {
  const Lease lease = submit_and_claim("a");
  for (int i = 0; i < 4; ++i) {
    under_test_->advance(lease_duration / 2);
    EXPECT_EQ(renew(lease), LeaseState::held);
  }
  EXPECT_EQ(store_.reclaim(10, 3), Ids{});
}

TEST_P(RunStoreConformance, AnswersRenewalsInOrder) {
  for (const char* id : {"a", "b", "c"}) submit(id);
  const auto claimed = claim(3);
  ASSERT_EQ(claimed.size(), 3u);
  store_.cancel("b");
  std::vector<Renewal> renewals;
  for (const ClaimedRun& run : claimed) renewals.push_back({run.lease, std::nullopt});
  renewals.push_back({Lease{"none", 1, std::string(32, 'a')}, std::nullopt});
  EXPECT_EQ(store_.renew(renewals, lease_duration),
            (std::vector{LeaseState::held, LeaseState::cancel_requested, LeaseState::held, LeaseState::lost}));
}

TEST_P(RunStoreConformance, ShowsTheProgressOfTheCurrentAttempt) {
  const Lease lease = submit_and_claim("a");
  renew(lease, AttemptProgress{0.25, "2020-05-01", 1000.0});
  renew(lease);  // without news the last word stays
  EXPECT_DOUBLE_EQ(store_.get("a")->progress, 0.25);
  EXPECT_EQ(store_.get("a")->progress_date, "2020-05-01");
  EXPECT_DOUBLE_EQ(store_.get("a")->bars_per_second, 1000.0);
  ASSERT_TRUE(store_.release(lease));
  EXPECT_DOUBLE_EQ(store_.get("a")->progress, 0.0);
  EXPECT_EQ(store_.get("a")->progress_date, std::nullopt);
  const Lease second = claim_one();
  EXPECT_DOUBLE_EQ(store_.get("a")->progress, 0.0);
  ASSERT_TRUE(store_.complete(second, completion(second)));
  EXPECT_DOUBLE_EQ(store_.get("a")->progress, 1.0);
}

// The NAV is that of the date beside it, so the two are told and forgotten together.
TEST_P(RunStoreConformance, ShowsTheNavOfTheCurrentAttempt) {
  submit("a");
  EXPECT_EQ(store_.get("a")->progress_nav, std::nullopt);
  const Lease first = claim_one();
  renew(first, AttemptProgress{.fraction = 0.0});
  EXPECT_EQ(store_.get("a")->progress_nav, std::nullopt) << "no bar yet";
  renew(first, AttemptProgress{0.25, "2020-05-01", 1000.0, 1'009'214.664012126805});
  renew(first);  // without news the last word stays
  EXPECT_EQ(store_.get("a")->progress_nav, 1'009'214.664012126805) << "to the bit";
  EXPECT_EQ(store_.get_many({"a"}).at(0).progress_nav, 1'009'214.664012126805);
  renew(first, AttemptProgress{0.5, "2020-06-01", 1000.0, -20.5});
  EXPECT_EQ(store_.get("a")->progress_nav, -20.5) << "ruined, by a gap in prices";
  ASSERT_TRUE(store_.release(first));
  EXPECT_EQ(store_.get("a")->progress_nav, std::nullopt) << "what waits has none";

  const auto second = claim(1);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].record.progress_nav, std::nullopt) << "nor has a new attempt";
  renew(second[0].lease, AttemptProgress{0.75, "2020-07-01", 1000.0, 3.0});
  under_test_->advance(beyond_lease);
  ASSERT_EQ(store_.reclaim(8, 3), Ids{"a"});
  EXPECT_EQ(store_.get("a")->progress_nav, std::nullopt) << "nor one whose worker vanished";
}

TEST_P(RunStoreConformance, KeepsTheNavOfARunThatIsOverUntilItHasAFinalOne) {
  const auto with_nav = [&](const char* run_id) {
    const Lease lease = submit_and_claim(run_id);
    renew(lease, AttemptProgress{0.25, "2020-05-01", 1000.0, 90'000.5});
    return lease;
  };
  ASSERT_TRUE(store_.fail(with_nav("failed"), {.code = "c", .message = "m"}));
  EXPECT_EQ(store_.get("failed")->progress_nav, 90'000.5);
  const Lease cancelled = with_nav("cancelled");
  store_.cancel("cancelled");
  ASSERT_TRUE(store_.finish_cancel(cancelled));
  EXPECT_EQ(store_.get("cancelled")->progress_nav, 90'000.5);
  const Lease completed = with_nav("completed");
  EXPECT_EQ(store_.complete(completed, completion(completed))->progress_nav, std::nullopt);
  EXPECT_EQ(store_.get("completed")->progress_nav, std::nullopt) << "final_equity is the NAV of what completed";
}

// --- the ends of a lease --------------------------------------------------------------------------------------------

TEST_P(RunStoreConformance, CompletesWithArtifactsAndNumbers) {
  const Lease lease = submit_and_claim("a");
  Completion done = completion(lease);
  done.numbers = {.total_return = 0.5, .sharpe_ratio = -1.25, .trades = 7};
  done.adls_container = "gold";
  const auto completed = store_.complete(lease, done);
  ASSERT_TRUE(completed);
  for (const RunRecord& record : {*completed, *store_.get("a")}) {
    EXPECT_EQ(record.state, RunState::completed);
    EXPECT_EQ(record.artifacts, done.artifacts);
    EXPECT_EQ(record.numbers.total_return, 0.5);
    EXPECT_EQ(record.numbers.sharpe_ratio, -1.25);
    EXPECT_EQ(record.numbers.max_drawdown, std::nullopt);
    EXPECT_EQ(record.numbers.trades, 7);
    EXPECT_EQ(record.adls_container, "gold");
    EXPECT_TRUE(record.completed_at.has_value());
    EXPECT_TRUE(record.started_at.has_value());
  }
  EXPECT_EQ(store_.current_lease("a"), std::nullopt);
}

TEST_P(RunStoreConformance, RepeatsAnAnswerThatWasLost) {
  struct Case {
    const char* what;
    std::function<std::expected<RunRecord, WriteError>(const Lease&)> write;
    RunState state;
    bool with_cancel = false;
  };
  const std::vector<Case> cases{
      {"complete", [&](const Lease& lease) { return store_.complete(lease, completion(lease)); }, RunState::completed},
      {"fail", [&](const Lease& lease) { return store_.fail(lease, {.code = "c", .message = "m"}); }, RunState::failed},
      {"retry",
       [&](const Lease& lease) { return store_.fail(lease, {.code = "c", .message = "m", .retryable = true}); },
       RunState::queued},
      {"release", [&](const Lease& lease) { return store_.release(lease); }, RunState::queued},
      {"finish_cancel", [&](const Lease& lease) { return store_.finish_cancel(lease); }, RunState::cancelled, true},
  };
  for (const Case& c : cases) {
    const Lease lease = submit_and_claim(c.what);
    if (c.with_cancel) store_.cancel(c.what);
    ASSERT_TRUE(c.write(lease)) << c.what;
    const RunRecord after = *store_.get(c.what);
    EXPECT_EQ(after.state, c.state) << c.what;
    under_test_->advance(beyond_lease);  // the lease is over, the answer is not
    const auto repeated = c.write(lease);
    ASSERT_TRUE(repeated) << c.what;
    EXPECT_EQ(repeated->revision, after.revision) << c.what;
    EXPECT_EQ(store_.get(c.what)->failed_attempts, after.failed_attempts) << c.what;
    if (c.state != RunState::queued) continue;
    const Lease next = claim_one();
    EXPECT_FALSE(c.write(lease)) << c.what << ": somebody else runs it now";
    EXPECT_EQ(state(c.what), RunState::running);
    ASSERT_TRUE(store_.complete(next, completion(next)));
  }
}

TEST_P(RunStoreConformance, TakesNoOtherEndingForTheSameLease) {
  const Lease lease = submit_and_claim("a");
  ASSERT_TRUE(store_.complete(lease, completion(lease)));
  EXPECT_EQ(accepted_writes(lease), Ids{"complete"});
  EXPECT_EQ(state("a"), RunState::completed);
}

TEST_P(RunStoreConformance, FailsForGood) {
  const Lease lease = submit_and_claim("a");
  const auto failed = store_.fail(lease, {.code = "invalid_input", .message = "no such column"});
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->state, RunState::failed);
  EXPECT_EQ(failed->error_code, "invalid_input");
  EXPECT_EQ(failed->error, "no such column");
  EXPECT_EQ(failed->failed_attempts, 0);  // no fault of the machine
  EXPECT_EQ(claim_ids(1), Ids{});
}

TEST_P(RunStoreConformance, RetriesFaultsOfTheMachineAfterTheirDelay) {
  submit("a");
  const Failure fault{.code = "machine_fault",
                      .message = "m",
                      .retryable = true,
                      .retry_delay = milliseconds(100),
                      .max_failed_attempts = 2};
  auto failed = store_.fail(claim_one(), fault);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->state, RunState::queued);
  EXPECT_EQ(failed->failed_attempts, 1);
  EXPECT_EQ(failed->error, std::nullopt);
  EXPECT_EQ(failed->started_at, std::nullopt);
  EXPECT_EQ(claim_ids(1), Ids{});  // not yet
  submit("b");
  EXPECT_EQ(claim_ids(1), Ids{"b"});  // others do not wait for it
  under_test_->advance(milliseconds(150));
  failed = store_.fail(claim_one(), fault);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->state, RunState::failed);
  EXPECT_EQ(failed->failed_attempts, 2);
  EXPECT_EQ(failed->lost_attempts, 0);
  EXPECT_EQ(failed->error_code, "machine_fault");
}

TEST_P(RunStoreConformance, ReleasesWithoutBlame) {
  submit("a");
  submit("b");
  const Lease lease = claim_one();
  const auto released = store_.release(lease);
  ASSERT_TRUE(released);
  EXPECT_EQ(released->state, RunState::queued);
  EXPECT_EQ(released->lost_attempts + released->failed_attempts, 0);
  EXPECT_EQ(released->attempts, 1);
  EXPECT_EQ(claim_ids(1), Ids{"a"});  // it keeps its place
}

// --- cancel ---------------------------------------------------------------------------------------------------------

TEST_P(RunStoreConformance, CancelsQueuedRunsAtOnce) {
  EXPECT_EQ(store_.cancel("a"), CancelOutcome::not_found);
  submit("a");
  EXPECT_EQ(store_.cancel("a"), CancelOutcome::cancelled);
  EXPECT_EQ(state("a"), RunState::cancelled);
  EXPECT_TRUE(store_.get("a")->completed_at.has_value());
  EXPECT_EQ(store_.cancel("a"), CancelOutcome::already_terminal);
  EXPECT_EQ(claim_ids(1), Ids{});
}

TEST_P(RunStoreConformance, AsksTheHolderToCancel) {
  const Lease lease = submit_and_claim("a");
  EXPECT_FALSE(store_.finish_cancel(lease)) << "nobody asked";
  EXPECT_EQ(store_.cancel("a"), CancelOutcome::requested);
  EXPECT_EQ(store_.cancel("a"), CancelOutcome::requested);
  EXPECT_EQ(state("a"), RunState::running);
  EXPECT_TRUE(store_.get("a")->cancel_requested);
  EXPECT_EQ(renew(lease), LeaseState::cancel_requested);
  const auto cancelled = store_.finish_cancel(lease);
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->state, RunState::cancelled);
}

TEST_P(RunStoreConformance, EndsACancelledRunWhicheverWayItsLeaseEnds) {
  struct Case {
    const char* what;
    std::function<void(const Lease&)> end;
    RunState state;
  };
  const std::vector<Case> cases{
      {"completed: too late", [&](const Lease& lease) { store_.complete(lease, completion(lease)); },
       RunState::completed},
      {"failed", [&](const Lease& lease) { store_.fail(lease, {.code = "c", .message = "m"}); }, RunState::failed},
      {"a fault", [&](const Lease& lease) { store_.fail(lease, {.code = "c", .message = "m", .retryable = true}); },
       RunState::cancelled},
      {"released", [&](const Lease& lease) { store_.release(lease); }, RunState::cancelled},
      {"lost",
       [&](const Lease&) {
         under_test_->advance(beyond_lease);
         store_.reclaim(10, 3);
       },
       RunState::cancelled},
  };
  for (const Case& c : cases) {
    const Lease lease = submit_and_claim(c.what);
    ASSERT_EQ(store_.cancel(c.what), CancelOutcome::requested);
    c.end(lease);
    EXPECT_EQ(state(c.what), c.state) << c.what;
  }
}

// --- reclaim --------------------------------------------------------------------------------------------------------

TEST_P(RunStoreConformance, ReclaimsOnlyWhatExpired) {
  const Lease lost = submit_and_claim("lost");
  under_test_->advance(lease_duration / 2);
  const Lease held = submit_and_claim("held");
  under_test_->advance(lease_duration / 2 + milliseconds(20));
  EXPECT_EQ(store_.reclaim(10, 3), Ids{"lost"});
  EXPECT_EQ(store_.reclaim(10, 3), Ids{});
  EXPECT_EQ(store_.get("lost")->lost_attempts, 1);
  EXPECT_EQ(store_.get("lost")->failed_attempts, 0);
  EXPECT_EQ(state("held"), RunState::running);
  EXPECT_EQ(claim_ids(9), Ids{"lost"});  // claimable at once
}

TEST_P(RunStoreConformance, PoisonsARunThatKeepsLosingItsWorker) {
  submit("a");
  for (int lost = 1; lost <= 3; ++lost) {
    claim_one();
    under_test_->advance(beyond_lease);
    ASSERT_EQ(store_.reclaim(10, 3), Ids{"a"});
    EXPECT_EQ(state("a"), lost < 3 ? RunState::queued : RunState::failed);
  }
  EXPECT_EQ(store_.get("a")->error_code, "poisoned");
  EXPECT_EQ(store_.get("a")->attempts, 3);
  EXPECT_EQ(claim_ids(1), Ids{});
}

TEST_P(RunStoreConformance, ReclaimsAtMostTheLimit) {
  for (const char* id : {"a", "b", "c"}) submit(id);
  claim(3);
  under_test_->advance(beyond_lease);
  EXPECT_EQ(store_.reclaim(2, 3).size(), 2u);
  EXPECT_EQ(store_.reclaim(2, 3).size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Backend, RunStoreConformance, testing::ValuesIn(run_store_backends()),
                         [](const auto& info) { return info.param.name; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RunStoreConformance);

}  // namespace
}  // namespace backtest
