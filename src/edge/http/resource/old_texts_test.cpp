#include "edge/http/resource/old_texts.hpp"

#include <gtest/gtest.h>

namespace backtest {
namespace {

TEST(OldConfigJson, IsValidWhateverTheTextIs) {
  struct Case {
    std::string_view text, json;
  };
  for (const Case& c : {
           Case{"", "null"},
           Case{R"({"a":1})", R"({"a":1})"},
           Case{R"({"a":NaN,"b":[-Infinity,Infinity,1e5],"c":"NaN \" Infinity"})",
                R"({"a":null,"b":[null,null,1e5],"c":"NaN \" Infinity"})"},
           Case{R"({"output":{"local_dir":"/app/results","save_trades":true}})",
                R"({"output":{"local_dir":null,"save_trades":true}})"},
           Case{R"({"output":{"local_dir":"results"}})", R"({"output":{"local_dir":"results"}})"},
           Case{R"({"a":)", R"("{\"a\":")"},
           Case{R"({"a":"unclosed)", R"("{\"a\":\"unclosed")"},
       }) {
    std::string expected(c.json);
    if (c.text.find("1e5") != std::string_view::npos) expected.replace(expected.find("1e5"), 3, "100000.0");
    EXPECT_EQ(old_config_json(c.text), expected) << c.text;
  }
}

TEST(WithoutDirectories, KeepsTheNameOfAFile) {
  struct Case {
    std::string_view text, shown;
  };
  for (const Case& c : {
           Case{"/app/data/x.csv: no such file", "x.csv: no such file"},
           Case{"[Errno 2] No such file or directory: '/app/backtest_results/r/trades.csv'",
                "[Errno 2] No such file or directory: 'trades.csv'"},
           Case{"a/b and 1/2 stay, https://host/x too", "a/b and 1/2 stay, https://host/x too"},
           Case{"at /", "at "},
           Case{"", ""},
       }) {
    EXPECT_EQ(without_directories(c.text), c.shown);
  }
}

}  // namespace
}  // namespace backtest
