// The proof that the conformance suite sees each guard: with that guard taken out, the test named beside it fails. The
// suite runs as another process of this program, over the embedded store behind BrokenGuardRunStore.
#include <gtest/gtest.h>

#include <array>

#include "base/guard_controls_for_tests.hpp"
#include "run_store/broken_guard_for_tests.hpp"
#include "run_store/conformance_for_tests.hpp"

namespace backtest {
namespace {

using Control = GuardControl<BrokenGuard>;

constexpr std::array controls{
    Control{"state_only", BrokenGuard::state_only, "RunStoreConformance.RefusesEveryWriteThatDoesNotMatchTheLease"},
    Control{"id_only", BrokenGuard::id_only, "RunStoreConformance.RefusesTheWorkerThatWasStoppedBeyondItsLease"},
    Control{"epoch_only", BrokenGuard::epoch_only, "RunStoreConformance.RefusesEveryWriteThatDoesNotMatchTheLease"},
    Control{"token_only", BrokenGuard::token_only, "RunStoreConformance.RefusesEveryWriteThatDoesNotMatchTheLease"},
    Control{"expiry_ignored", BrokenGuard::expiry_ignored, "RunStoreConformance.RefusesEveryWriteAfterTheLeaseExpired"},
    Control{"key_ignored", BrokenGuard::key_ignored, "RunStoreConformance.GivesTheSameRunForTheSameKeyAndBody"},
    Control{"body_ignored", BrokenGuard::body_ignored, "RunStoreConformance.GivesTheSameRunForTheSameKeyAndBody"},
    Control{"key_of_all", BrokenGuard::key_of_all, "RunStoreConformance.GivesTheSameRunForTheSameKeyAndBody"},
    Control{"id_taken_ignored", BrokenGuard::id_taken_ignored, "RunStoreConformance.RefusesAnIdThatIsTaken"},
    Control{"queue_unbounded", BrokenGuard::queue_unbounded, "RunStoreConformance.BoundsTheQueue"},
    Control{"submitter_unbounded", BrokenGuard::submitter_unbounded,
            "RunStoreConformance.BoundsWhatASubmitterRunsAtOnce"},
    Control{"delay_ignored", BrokenGuard::delay_ignored,
            "RunStoreConformance.RetriesFaultsOfTheMachineAfterTheirDelay"},
    Control{"retries_unbounded", BrokenGuard::retries_unbounded,
            "RunStoreConformance.RetriesFaultsOfTheMachineAfterTheirDelay"},
    Control{"never_poisoned", BrokenGuard::never_poisoned, "RunStoreConformance.PoisonsARunThatKeepsLosingItsWorker"},
    Control{"reclaims_held", BrokenGuard::reclaims_held, "RunStoreConformance.ReclaimsOnlyWhatExpired"},
    Control{"reclaim_unbounded", BrokenGuard::reclaim_unbounded, "RunStoreConformance.ReclaimsAtMostTheLimit"},
    Control{"cancel_forgotten", BrokenGuard::cancel_forgotten,
            "RunStoreConformance.EndsACancelledRunWhicheverWayItsLeaseEnds"},
    Control{"cancels_unasked", BrokenGuard::cancels_unasked, "RunStoreConformance.AsksTheHolderToCancel"},
    Control{"cancels_again", BrokenGuard::cancels_again, "RunStoreConformance.CancelsQueuedRunsAtOnce"},
    Control{"removes_running", BrokenGuard::removes_running, "RunStoreReading.RemovesOnlyWhatIsOver"},
};

class BrokenUnderTest final : public RunStoreUnderTest {
 public:
  BrokenUnderTest(std::unique_ptr<RunStoreUnderTest> sound, BrokenGuard guard)
      : sound_(std::move(sound)), broken_(sound_->store(), guard) {}
  RunStore& store() override { return broken_; }
  std::unique_ptr<RunStore> another() override { return sound_->another(); }
  void advance(std::chrono::milliseconds time) override { sound_->advance(time); }
  std::vector<std::string> contradictions() override { return sound_->contradictions(); }

 private:
  std::unique_ptr<RunStoreUnderTest> sound_;
  BrokenGuardRunStore broken_;
};

std::unique_ptr<RunStoreUnderTest> make_broken() {
  const BrokenGuard guard = broken_guard(controls, BrokenGuard::none);
  for (const RunStoreBackend& backend : run_store_backends()) {
    if (backend.name == "sqlite") return std::make_unique<BrokenUnderTest>(backend.make(), guard);
  }
  return nullptr;
}

const bool joined =
    has_broken_guard() &&
    register_run_store_backend({.name = "broken", .make = make_broken, .millisecond = std::chrono::seconds(1)});

TEST(GuardControls, TheSuitePassesWithEveryGuardInPlace) {
  EXPECT_EQ(tests_without_guard("none", "Backend/RunStoreConformance.*/broken:Backend/RunStoreReading.*/broken"), 0);
}

TEST(GuardControls, TheSuiteFailsWithoutAnyOneOfThem) {
  for (const Control& control : controls) {
    EXPECT_EQ(tests_without_guard(control.guard_name, std::string("Backend/") + control.test + "/broken"), 1)
        << control.guard_name << " is not seen by " << control.test;
  }
}

}  // namespace
}  // namespace backtest
