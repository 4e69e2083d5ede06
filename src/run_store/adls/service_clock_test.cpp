#include "run_store/adls/service_clock.hpp"

#include <gtest/gtest.h>

namespace backtest::adls {
namespace {

using std::chrono::milliseconds;

constexpr StoreTime noon = 1'700'000'000'000'000;

// What the clock says at `sent`, which the test calls moment zero, less `noon`, in milliseconds.
StoreTime told(const ServiceClock& clock, ServiceClock::Monotonic zero) {
  const auto passed = std::chrono::steady_clock::now() - zero;
  return (clock.now() - noon - std::chrono::duration_cast<std::chrono::microseconds>(passed).count()) / 1000;
}

TEST(ServiceClock, SaysNothingBeforeTheFirstAnswer) {
  ServiceClock clock;
  EXPECT_THROW(clock.now(), StoreUnavailable);
  const auto zero = std::chrono::steady_clock::now();
  clock.observe(0, zero, zero);  // an answer without a Date
  EXPECT_THROW(clock.now(), StoreUnavailable);
}

// The service's clock shows noon + 700 ms at moment zero; its Dates are whole seconds.
TEST(ServiceClock, ComesCloserWithEachAnswerAndIsNeverAhead) {
  ServiceClock clock;
  const auto zero = std::chrono::steady_clock::now();
  clock.observe(noon, zero, zero);
  EXPECT_EQ(told(clock, zero), 0);
  clock.observe(noon + 1'000'000, zero + milliseconds(300), zero + milliseconds(310));  // the second has just begun
  EXPECT_NEAR(static_cast<double>(told(clock, zero)), 690, 2);
  clock.observe(noon + 1'000'000, zero + milliseconds(900), zero + milliseconds(905));  // says less: nothing changes
  EXPECT_NEAR(static_cast<double>(told(clock, zero)), 690, 2);
}

TEST(ServiceClock, FollowsAServiceWhoseClockWasSet) {
  ServiceClock clock;
  const auto zero = std::chrono::steady_clock::now();
  clock.observe(noon + 60'000'000, zero, zero);
  clock.observe(noon, zero, zero);
  EXPECT_NEAR(static_cast<double>(told(clock, zero)), 1000, 2);  // as late as that answer allows
}

TEST(ServiceClock, GivesEachSubmissionAMomentOfItsOwn) {
  ServiceClock clock;
  const auto zero = std::chrono::steady_clock::now();
  clock.observe(noon, zero, zero);
  StoreTime last = 0;
  for (int i = 0; i < 1000; ++i) {
    const StoreTime next = clock.next_moment();
    ASSERT_GT(next, last);
    last = next;
  }
}

}  // namespace
}  // namespace backtest::adls
