#include "base/strict_json.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

namespace backtest {
namespace {

TEST(StrictJson, WhatIsRefused) {
  for (std::string_view text :
       {"", " ", "{", "[1,]", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}", "1e400", "-1e999", "NaN", "Infinity",
        "1 2", "{} {}", "01", "// x\n1", "'a'", "\"\xff\"", "nul"}) {
    EXPECT_FALSE(parse_strict_json(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_strict_json(std::string(65, '[') + std::string(65, ']')).has_value());
  EXPECT_NE(parse_strict_json("{\"a\":1,\"a\":2}").error().find("stands twice"), std::string::npos);
}

TEST(StrictJson, EqualKeysOfDifferentObjectsAreFine) {
  EXPECT_TRUE(parse_strict_json(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})").has_value());
}

TEST(StrictJson, NumbersAreCorrectlyRounded) {
  EXPECT_EQ(parse_strict_json("95E91")->as_double(), 95E91);
  EXPECT_EQ(parse_strict_json("1e-400")->as_double(), 0.0);
  EXPECT_EQ(parse_strict_json("-7")->as_int64(), -7);
  EXPECT_EQ(parse_strict_json("18446744073709551615")->as_uint64(), 18446744073709551615ull);
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const double v = std::bit_cast<double>(random());
    if (!std::isfinite(v)) continue;
    const json::array written = {v, 0.5, v};
    const auto read = parse_strict_json(json_text(written));
    ASSERT_TRUE(read.has_value());
    ASSERT_EQ(read->at(0).as_double(), v) << json_text(written);
    ASSERT_EQ(read->at(2).as_double(), v);
  }
}

}  // namespace
}  // namespace backtest
