#include "base/utf8_text.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(Utf8Text, CountsCharactersNotBytes) {
  EXPECT_EQ(character_count(""), 0u);
  EXPECT_EQ(character_count("abc"), 3u);
  EXPECT_EQ(character_count("Überschuß"), 9u);
  EXPECT_EQ(character_count("价格"), 2u);
  EXPECT_EQ(character_count("😀"), 1u);
}

}  // namespace
}  // namespace backtest
