#include "spec/config_difference.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

namespace backtest {
namespace {

std::string differences(const std::vector<std::string>& texts) {
  std::vector<json::value> configs;
  for (const std::string& text : texts) configs.push_back(json::parse(text));
  return json_text(config_differences(configs));
}

TEST(ConfigDifferences, AreTheLeavesThatAreNotAllEqual) {
  EXPECT_EQ(differences({R"({"a":1,"b":{"c":2}})", R"({"b":{"c":2},"a":1})"}), "[]");
  EXPECT_EQ(differences({R"({"b":{"c":2,"d":[1]}})", R"({"b":{"c":3,"d":[1]}})"}),
            R"([{"path":"b.c","values":[2,3]}])");
  EXPECT_EQ(differences({R"({"a":[1,2]})", R"({"a":[2,1]})"}), R"([{"path":"a","values":[[1,2],[2,1]]}])");
  EXPECT_EQ(differences({R"({"a":1})", "{}"}), R"([{"path":"a","values":[1,null]}])");
  EXPECT_EQ(differences({R"({"a":1})", R"({"a":1})", R"({"a":2})"}), R"([{"path":"a","values":[1,1,2]}])");
}

}  // namespace
}  // namespace backtest
