#include "base/json_field.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace backtest {
namespace {

TEST(JsonField, AnotherKindIsNone) {
  const json::object object = json::parse(R"({"n":1,"d":2.5,"t":"x","f":true,"z":null})").as_object();
  EXPECT_EQ(number_field(object, "n"), 1.0);
  EXPECT_EQ(number_field(object, "d"), 2.5);
  EXPECT_EQ(number_field(object, "t"), std::nullopt);
  EXPECT_EQ(number_field(object, "absent"), std::nullopt);
  EXPECT_EQ(text_field(object, "t"), "x");
  EXPECT_EQ(text_field(object, "n"), "");
  EXPECT_TRUE(flag_field(object, "f"));
  EXPECT_FALSE(flag_field(object, "z"));
}

}  // namespace
}  // namespace backtest
