#include "base/json.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cmath>

namespace backtest {
namespace {

TEST(JsonText, SortedAsciiAndFinite) {
  json::object object;
  object["b"] = 1000.0;
  object["a"] = json::array{1, nullptr, true, std::nan("")};
  object["é"] = "naïve 😀 \n";
  EXPECT_EQ(json_text(object),
            "{\"a\":[1,null,true,null],\"b\":1000.0,\"\\u00e9\":\"na\\u00efve \\ud83d\\ude00 \\n\"}");
}

TEST(JsonText, IndentedByTwoSpacesWithoutTrailingNewline) {
  EXPECT_EQ(json_text(json::parse(R"({"x":[1,{}],"y":[]})"), JsonLayout::indented),
            "{\n  \"x\": [\n    1,\n    {}\n  ],\n  \"y\": []\n}");
}

TEST(JsonText, MalformedUtf8BecomesTheReplacementCharacter) {
  for (const char* bytes : {"\xff", "\xc3", "\xe2\x82", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    std::string out;
    append_json_string(out, bytes);
    EXPECT_NE(out.find("\\ufffd"), std::string::npos);
    EXPECT_NO_THROW(json::parse(out));
  }
}

}  // namespace
}  // namespace backtest
