#include "base/utc_time.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(UtcTime, TextAndBack) {
  const struct {
    std::int64_t microseconds;
    const char* text;
  } cases[] = {
      {0, "1970-01-01T00:00:00+00:00"},
      {1'706'704'496'000'001, "2024-01-31T12:34:56.000001+00:00"},
      {-1, "1969-12-31T23:59:59.999999+00:00"},
      {951'782'400'000'000, "2000-02-29T00:00:00+00:00"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(utc_text(c.microseconds), c.text);
    EXPECT_EQ(parse_utc(c.text), c.microseconds) << c.text;
  }
  EXPECT_EQ(parse_utc("2024-01-31T12:34:56.25Z"), 1'706'704'496'250'000);
}

TEST(UtcTime, OtherFormsAreRefused) {
  for (const char* text : {"", "2024-01-31", "2024-01-31T12:34:56", "2024-01-31T12:34:56+01:00", "2024-02-30T00:00:00Z",
                           "2024-01-31T24:00:00Z", "2024-01-31T12:34:56.Z", "2024-01-31T12:34:56.1234567Z"}) {
    EXPECT_EQ(parse_utc(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace backtest
