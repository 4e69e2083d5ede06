#include "base/duration_histogram.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace backtest {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

TEST(DurationHistogram, CountsWhatIsWithinEachBound) {
  DurationHistogram histogram;
  for (const int microseconds : {100, 500, 501, 2'000, 30'000'000}) {
    histogram.record(std::chrono::microseconds(microseconds));
  }
  std::string text;
  histogram.append_text(text, "m_seconds", "statement=\"claim\"");
  EXPECT_THAT(text, HasSubstr("m_seconds_bucket{statement=\"claim\",le=\"0.0005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("m_seconds_bucket{statement=\"claim\",le=\"0.001\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("m_seconds_bucket{statement=\"claim\",le=\"0.0025\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("m_seconds_bucket{statement=\"claim\",le=\"15.0\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("m_seconds_bucket{statement=\"claim\",le=\"+Inf\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("m_seconds_sum{statement=\"claim\"} 30.003101\n"));
  EXPECT_THAT(text, EndsWith("m_seconds_count{statement=\"claim\"} 5\n"));
}

TEST(DurationHistogram, CountsWithinTheBoundsThatItIsGiven) {
  static constexpr double bounds_s[] = {1.0, 2.0};
  DurationHistogram histogram(bounds_s);
  for (const int seconds : {1, 2, 3}) histogram.record(std::chrono::seconds(seconds));
  std::string text;
  histogram.append_text(text, "m", "");
  EXPECT_EQ(text, "m_bucket{le=\"1.0\"} 1\nm_bucket{le=\"2.0\"} 2\nm_bucket{le=\"+Inf\"} 3\nm_sum 6.0\nm_count 3\n");
}

TEST(DurationHistogram, NeedsNoLabels) {
  DurationHistogram histogram;
  {
    const DurationRecording recording(histogram);
  }
  std::string text;
  histogram.append_text(text, "m", "");
  EXPECT_THAT(text, HasSubstr("m_bucket{le=\"15.0\"} 1\n"));
  EXPECT_THAT(text, EndsWith("m_count 1\n"));
}

}  // namespace
}  // namespace backtest
