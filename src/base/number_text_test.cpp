#include "base/number_text.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace backtest {
namespace {

TEST(NumberText, Num8Form) {
  const struct {
    double value;
    const char* text;
  } cases[] = {
      {0.0, "0.0"},
      {-0.0, "0.0"},
      {1.0, "1.0"},
      {0.1, "0.1"},
      {1e-4, "0.0001"},
      {1e-5, "1e-05"},
      {1e16, "1e+16"},
      {1.5e17, "1.5e+17"},
      {1e15, "1000000000000000.0"},
      {-2.5, "-2.5"},
      {1e-300, "1e-300"},
      {123456.789, "123456.789"},
      {0.0009999999999996678, "0.0009999999999996678"},
  };
  for (const auto& c : cases) EXPECT_EQ(number_text(c.value), c.text);
  EXPECT_EQ(number_text(std::nan("")), "");
  EXPECT_EQ(number_text(-std::numeric_limits<double>::infinity()), "-inf");
}

TEST(NumberText, EveryDoubleRoundTrips) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const auto back = parse_number(number_text(value));
    ASSERT_TRUE(back);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(*back), std::bit_cast<std::uint64_t>(value));
  }
}

TEST(NumberText, ParsesWholeNumbersOnly) {
  EXPECT_EQ(parse_number("+1.5"), 1.5);
  EXPECT_EQ(parse_number("1e400"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(parse_number("-1e-400"), 0.0);
  for (const char* text : {"", "ten", "1.5x", " 1", "1 ", "++1", "+-1", "0x10", "1,5", "1_000"}) {
    EXPECT_EQ(parse_number(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace backtest
