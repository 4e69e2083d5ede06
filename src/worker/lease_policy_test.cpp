#include "worker/lease_policy.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

using std::chrono::milliseconds;

TEST(LeasePolicy, FenceComesBeforeTheStoreLetsAnybodyIn) {
  for (const int duration_ms : {300, 1'000, 30'000, 3'600'000}) {
    const LeasePolicy policy{.duration = milliseconds(duration_ms)};
    const MonotonicTime asked_at{};
    EXPECT_FALSE(policy.is_fenced(asked_at, asked_at));
    EXPECT_FALSE(policy.is_fenced(asked_at, asked_at + policy.renew_every())) << "one missed renewal is no loss";
    EXPECT_FALSE(policy.is_fenced(asked_at, asked_at + 2 * policy.renew_every()));
    EXPECT_TRUE(policy.is_fenced(asked_at, asked_at + policy.duration - policy.margin()));
    EXPECT_GT(policy.margin(), milliseconds(0));
  }
}

TEST(LeasePolicy, RetriesBackOffToAMinute) {
  EXPECT_EQ(retry_delay(1), milliseconds(1'000));
  EXPECT_EQ(retry_delay(2), milliseconds(4'000));
  EXPECT_EQ(retry_delay(3), milliseconds(16'000));
  EXPECT_EQ(retry_delay(100), milliseconds(60'000));
  EXPECT_EQ(retry_delay(0), milliseconds(1'000));
}

}  // namespace
}  // namespace backtest
