#include "base/ascii_text.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(AsciiText, BlanksGoAndOtherBytesStay) {
  EXPECT_EQ(trimmed(" \ta b\r\n"), "a b");
  EXPECT_EQ(trimmed("   "), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(lower_case("AbC-É9"), "abc-É9");
}

}  // namespace
}  // namespace backtest
