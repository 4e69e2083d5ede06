#include "edge/http/message/memory_budget.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace backtest {
namespace {

using std::chrono::milliseconds;

TEST(MemoryBudget, GivesWhatItHasAndTakesItBack) {
  MemoryBudget budget(100);
  {
    MemoryShare share(budget);
    EXPECT_TRUE(share.add(60));
    EXPECT_FALSE(share.add(41));
    EXPECT_TRUE(share.add(40));
    EXPECT_EQ(budget.taken(), 100u);
    MemoryShare moved = std::move(share);
    EXPECT_EQ(moved.bytes(), 100u);
    EXPECT_FALSE(MemoryShare(budget).add(1));
  }
  EXPECT_EQ(budget.taken(), 0u);
}

TEST(MemoryBudget, WaitsForOthers) {
  MemoryBudget budget(100);
  auto held = std::make_unique<MemoryShare>(budget);
  ASSERT_TRUE(held->add(80));
  MemoryShare share(budget);
  EXPECT_FALSE(share.add_within(30, milliseconds(10)));
  std::thread giver([&] { held.reset(); });
  EXPECT_TRUE(share.add_within(30, milliseconds(10'000)));
  giver.join();
}

TEST(MemoryBudget, WhatIsMoreThanAllOfItGoesAlone) {
  MemoryBudget budget(100);
  MemoryShare small(budget), large(budget);
  ASSERT_TRUE(small.add(1));
  EXPECT_FALSE(large.add_within(500, milliseconds(10)));
  small = MemoryShare();
  EXPECT_TRUE(MemoryShare(std::move(large)).add_within(500, milliseconds(10)));
}

TEST(MemoryBudget, AShareOfNothingTakesNothing) {
  MemoryShare share;
  EXPECT_TRUE(share.add(1'000'000));
}

}  // namespace
}  // namespace backtest
