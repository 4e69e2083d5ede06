#include "base/warning_list.hpp"

#include <gmock/gmock.h>

namespace backtest {
namespace {

using testing::ElementsAre;

TEST(WarningList, TheImportantStandFirstAndTheRestKeepsItsOrder) {
  EXPECT_THAT(folded({{.message = "calmar_ratio is undefined", .importance = Importance::low},
                      {.path = "broker.commission", .message = "is high"},
                      {.message = "targets changed", .importance = Importance::high},
                      {.message = "no row in the window"}}),
              ElementsAre("targets changed", "broker.commission: is high", "no row in the window",
                          "calmar_ratio is undefined"));
}

TEST(WarningList, WhatDiffersInNamesNumbersAndPlacesIsFolded) {
  EXPECT_THAT(folded({{.file = "p.csv", .line = 3, .message = "AAA has no rows after 2024-01-02"},
                      {.path = "broker", .message = "is ignored"},
                      {.file = "p.csv", .line = 9, .message = "BRK.B has no rows after 2024-03-02"},
                      {.file = "q.csv", .message = "'x y' has no rows after 2024-03-04"},
                      {.file = "q.csv", .message = "'x' has no rows after 2024-03-04"}}),
              ElementsAre("p.csv:3: AAA has no rows after 2024-01-02; 1 more like this", "broker: is ignored",
                          "q.csv: 'x y' has no rows after 2024-03-04; 1 more like this"));
}

}  // namespace
}  // namespace backtest
