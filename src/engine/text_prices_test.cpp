// The grammar of test markets, which every market of a unit test and of a scenario is read by.
#include <gtest/gtest.h>

#include "engine/text_prices_for_tests.hpp"

namespace backtest {
namespace {

std::string read(const std::string& cell) {
  const std::optional<TextBar> bar = text_bar(cell);
  if (!bar) return "no row";
  return bar->open + " " + bar->high + " " + bar->low + " " + bar->close + " v" + bar->volume + " x" + bar->split +
         " d" + bar->dividend;
}

TEST(TextPrices, CellsAreReadAsWritten) {
  EXPECT_EQ(read("-"), "no row");
  EXPECT_EQ(read("10"), "10 10 10 10 v x d");
  EXPECT_EQ(read("10/11"), "10 11 10 11 v x d");
  EXPECT_EQ(read("11/10"), "11 11 10 10 v x d");
  EXPECT_EQ(read("10/."), "10    v x d");
  EXPECT_EQ(read("."), "    v x d");
  EXPECT_EQ(read("10/12/9/11,v500,x2,d0.5"), "10 12 9 11 v500 x2 d0.5");
}

TEST(TextPrices, WhatTheGrammarDoesNotKnowIsNoCell) {
  for (const char* cell : {"1/2/3", "10,y1", "10,", "1/2/3/4/5"}) {
    EXPECT_THROW(text_bar(cell), std::invalid_argument) << cell;
  }
}

TEST(TextPrices, CommentsAndEmptyLinesAreNoRows) {
  EXPECT_EQ(text_rows("a  b # c\n\n# d\ne\n"), (std::vector<TextRow>{{"a", "b"}, {"e"}}));
}

}  // namespace
}  // namespace backtest
