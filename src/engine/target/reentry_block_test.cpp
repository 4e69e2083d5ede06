#include "engine/target/reentry_block.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

constexpr InstrumentIndex a = 0, b = 1;

TEST(ReentryBlock, HoldsThatManyBarsAfterTheExit) {
  ReentryBlock block(2);
  block.start(a, 10, 2);
  for (const std::size_t blocked : {11u, 12u}) EXPECT_TRUE(block.holds(a, blocked)) << blocked;
  EXPECT_FALSE(block.holds(a, 13));
  EXPECT_FALSE(block.holds(b, 11)) << "another name";
}

TEST(ReentryBlock, NothingIsBlockedBeforeAnExitNorByNoBars) {
  ReentryBlock block(1);
  EXPECT_FALSE(block.holds(a, 0));
  block.start(a, 3, 0);
  EXPECT_FALSE(block.holds(a, 4));
}

TEST(ReentryBlock, TheLongerOfTwoBlocksHolds) {
  ReentryBlock block(1);
  block.start(a, 10, 5);
  block.start(a, 12, 1);  // would free it on bar 14
  EXPECT_TRUE(block.holds(a, 15));
  block.start(a, 14, 5);
  EXPECT_TRUE(block.holds(a, 19));
  EXPECT_FALSE(block.holds(a, 20));
}

}  // namespace
}  // namespace backtest
