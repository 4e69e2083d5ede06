#include "base/diagnostic.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(Diagnostic, LeavesOutWhatIsUnknown) {
  EXPECT_EQ((Diagnostic{"c.yaml", 3, "5", "broker.lot_size", "must be at least 1"}).text(),
            "c.yaml:3:5: broker.lot_size: must be at least 1");
  EXPECT_EQ((Diagnostic{"prices.csv", 6, "open", "", "'ten' is not a number"}).text(),
            "prices.csv:6:open: 'ten' is not a number");
  EXPECT_EQ((Diagnostic{"", 0, "", "sizing", "unknown"}).text(), "sizing: unknown");
  EXPECT_EQ((Diagnostic{"", 0, "", "", "empty"}).text(), "empty");
}

TEST(Diagnostic, SaysHowOftenWhereFirstAndWhatToDo) {
  EXPECT_EQ((Diagnostic{.message = "targets changed", .count = 12, .first = "2024-01-31 SPY", .remedy = "ask for less"})
                .text(),
            "targets changed (12 times, first 2024-01-31 SPY); ask for less");
  EXPECT_EQ((Diagnostic{.message = "targets changed", .count = 1, .first = "2024-01-31"}).text(),
            "targets changed (2024-01-31)");
  EXPECT_EQ((Diagnostic{.message = "targets changed", .count = 2}).text(), "targets changed (2 times)");
}

TEST(NearestWord, OnlyASlipAway) {
  EXPECT_EQ(nearest_word("lot_szie", {"lot_size", "commission"}), "lot_size");
  EXPECT_EQ(nearest_word("banana", {"lot_size", "commission"}), "");
  EXPECT_EQ(nearest_word("", {"a"}), "");
}

}  // namespace
}  // namespace backtest
