#include "spec/override.hpp"

#include <gtest/gtest.h>

#include "spec/config_for_tests.hpp"
#include "spec/node_words.hpp"
#include "spec/spec.hpp"

namespace backtest {
namespace {

struct Case {
  const char* what;
  std::vector<std::string> settings;
  const char* becomes;  // of `base`, as JSON
  const char* complaint;
};

constexpr const char* base = "broker: {commission: 0.1}\nlegs: [{weight: 1}, {weight: 2}]\n";
constexpr const char* unchanged = R"({"broker":{"commission":0.1},"legs":[{"weight":1},{"weight":2}]})";

TEST(Overrides, SetWhatTheFileCouldHaveSaid) {
  const Case cases[] = {
      {"a value", {"broker.commission=0.2"}, R"({"broker":{"commission":0.2},"legs":[{"weight":1},{"weight":2}]})", ""},
      {"a map that lacks is made",
       {"sizing.parameters.weights.A=0.5"},
       R"({"broker":{"commission":0.1},"legs":[{"weight":1},{"weight":2}],"sizing":{"parameters":{"weights":{"A":0.5}}}})",
       ""},
      {"a place in a list",
       {"legs.1.weight=3"},
       R"({"broker":{"commission":0.1},"legs":[{"weight":1},{"weight":3}]})",
       ""},
      {"a key with a dot",
       {"w.\"BRK.B\"=a=b"},
       R"({"broker":{"commission":0.1},"legs":[{"weight":1},{"weight":2}],"w":{"BRK.B":"a=b"}})",
       ""},
      {"flow style", {"legs=[{weight: 4}]"}, R"({"broker":{"commission":0.1},"legs":[{"weight":4}]})", ""},
      {"nothing is null", {"broker="}, R"({"broker":null,"legs":[{"weight":1},{"weight":2}]})", ""},
      {"a format of dates", {"legs=%m/%d/%Y"}, R"({"broker":{"commission":0.1},"legs":"%m/%d/%Y"})", ""},
      {"several, in order",
       {"broker={}", "broker.spread_bps=1"},
       R"({"broker":{"spread_bps":1},"legs":[{"weight":1},{"weight":2}]})",
       ""},
      {"no value",
       {"broker.commission"},
       unchanged,
       "--set: 'broker.commission' is not PATH=VALUE, such as broker.commission=0.001"},
      {"no key", {"broker..x=1"}, unchanged, "--set: 'broker..x=1' is not PATH=VALUE, such as broker.commission=0.001"},
      {"twice",
       {"broker.commission=0.1", "broker.commission=0.2"},
       unchanged,
       "--set: broker.commission: is set twice"},
      {"beyond a list",
       {"legs.2.weight=1"},
       unchanged,
       "--set: legs.2.weight: '2' is no place in a list of 2; places count from 0"},
      {"below a number",
       {"broker.commission.x=1"},
       unchanged,
       "--set: broker.commission.x: 'x' would stand in '0.1' (a number), which has no keys"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    std::vector<Diagnostic> errors;
    Node root = parse_yaml(base, "config.yaml", errors);
    apply_overrides(c.settings, root, errors);
    EXPECT_EQ(json_text(json_of(root)), c.becomes);
    EXPECT_EQ(errors.empty() ? "" : errors.front().text(), c.complaint);
  }
}

TEST(Overrides, AreDecodedAsStrictlyAsTheFile) {
  const std::string text = config_with("");
  const auto said = [&](const std::string& setting) -> std::string {
    try {
      return parse_spec(text, "config.yaml", {}, {setting}).resolved.at("broker").at("commission").is_double() ? ""
                                                                                                               : "?";
    } catch (const InvalidInput& error) {
      return error.what();
    }
  };
  EXPECT_EQ(said("broker.commission=0.001"), "");
  EXPECT_NE(said("broker.comission=0.001").find("broker.comission"), std::string::npos);
  EXPECT_NE(said("broker.commission=\"0.001\"").find("broker.commission"), std::string::npos);
  EXPECT_EQ(
      parse_spec(text, "c.yaml", {}, {"broker.commission=0.25"}).resolved.at("broker").at("commission").as_double(),
      0.25);
}

}  // namespace
}  // namespace backtest
