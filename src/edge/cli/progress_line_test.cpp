#include "edge/cli/progress_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace backtest {
namespace {

std::string shown(bool is_terminal, const Progress& progress) {
  testing::internal::CaptureStderr();
  {
    ProgressLine line(ProgressStyle::automatic, is_terminal);
    line.show(progress);
  }
  return testing::internal::GetCapturedStderr();
}

Progress halfway(std::optional<double> nav) {
  return {.phase = Phase::simulating,
          .bars_done = 5,
          .bars_total = 10,
          .date = parse_date("2024-01-31"),
          .nav = nav,
          .bars_per_second = 12'345.0};
}

TEST(ProgressLine, TellsTheNavAtTheDateThatWasReached) {
  EXPECT_EQ(shown(false, halfway(1'234'567.8)), "simulating\nsimulating 50% 2024-01-31  NAV 1,234,568\n");
  EXPECT_THAT(shown(true, halfway(1'234'567.8)), testing::HasSubstr(" 50%  2024-01-31  NAV 1,234,568  12,345 bars/s"));
  EXPECT_EQ(shown(false, halfway(-123.0)), "simulating\nsimulating 50% 2024-01-31  NAV -123\n");
}

TEST(ProgressLine, SaysNothingOfANavThatIsNotThere) {
  EXPECT_EQ(shown(false, halfway(std::nullopt)), "simulating\nsimulating 50% 2024-01-31\n");
  EXPECT_EQ(shown(false, {.phase = Phase::loading}), "loading\n");
}

}  // namespace
}  // namespace backtest
