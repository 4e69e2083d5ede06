#include "base/assertion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/broken_invariant.hpp"

namespace backtest {
namespace {

TEST(Assertion, ThrowsInALibrary) {
  EXPECT_NO_THROW(BACKTEST_ASSERT(1 + 1 == 2, "arithmetic"));
  try {
    BACKTEST_ASSERT(1 + 1 == 3, "numbers add up");
    FAIL() << "it went on";
  } catch (const BrokenInvariant& broken) {
    EXPECT_THAT(broken.what(), ::testing::HasSubstr("assertion failed: 1 + 1 == 3 (numbers add up)"));
  }
}

TEST(AssertionDeathTest, AbortsInAProgram) {
  EXPECT_DEATH(
      {
        abort_on_broken_invariants();
        BACKTEST_ASSERT(false, "a program stops");
      },
      "assertion_test.cpp:[0-9]+: assertion failed: false \\(a program stops\\)");
}

}  // namespace
}  // namespace backtest
