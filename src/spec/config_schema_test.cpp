// docs/config.md and docs/config.schema.json are what the decoder declares. BACKTEST_UPDATE_GOLDEN=1 rewrites them.
#include "spec/config_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "spec/config_for_tests.hpp"

namespace backtest {
namespace {

void expect_file(const std::string& name, const std::string& text) {
  const std::string path = std::string(BACKTEST_SOURCE_DIR) + "/docs/" + name;
  if (std::getenv("BACKTEST_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
  std::stringstream written;
  written << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_EQ(written.str(), text) << name << " is not what the decoder declares; run with BACKTEST_UPDATE_GOLDEN=1";
}

TEST(ConfigSchema, DocumentationIsGenerated) {
  expect_file("config.md", config_markdown());
}

TEST(ConfigSchema, JsonSchemaIsGenerated) {
  expect_file("config.schema.json", config_json_schema() + "\n");
}

TEST(ConfigSchema, NamesEveryKeyOfCfg) {
  const std::string text = config_markdown();
  for (const char* key : {"run_name",
                          "max_net_exposure",
                          "min_trade_shares",
                          "save_summary_parquet",
                          "delist_after_bars",
                          "on_gap",
                          "warmup_bars",
                          "on_duplicate",
                          "layout",
                          "cooldown_bars",
                          "redistribute",
                          "reserve_costs",
                          "financing.borrow_rate",
                          "commission_per_share",
                          "commission_minimum",
                          "covariance",
                          "stop_loss",
                          "alpha",
                          "class_name",
                          "sizer",
                          "allow_nontrading_shift",
                          "breakdown_score_column",
                          "TargetWeightsStrategy",
                          "momentum",
                          "keep_if_rank_within_multiple",
                          "every_n_calendar_days",
                          "partial_exit_after_days",
                          "mu_scale"}) {
    EXPECT_THAT(text, testing::HasSubstr(key)) << key;
  }
}

// Every reference of the JSON Schema leads somewhere.
void check_references(const json::value& value, const json::object& definitions) {
  if (value.is_array()) {
    for (const json::value& item : value.get_array()) check_references(item, definitions);
  }
  if (!value.is_object()) return;
  for (const auto& [key, item] : value.get_object()) {
    if (key == "$ref") {
      const std::string target(item.as_string());
      const std::string name = target.substr(std::string("#/definitions/").size());
      EXPECT_TRUE(definitions.contains(name)) << target;
    }
    check_references(item, definitions);
  }
}

TEST(ConfigSchema, ReferencesLeadSomewhere) {
  const json::value schema = json::parse(config_json_schema());
  check_references(schema, schema.at("definitions").as_object());
}

// Editors show the title of the alternative that they offer.
TEST(ConfigSchema, HasAnIdTitlesAndExamples) {
  const json::value schema = json::parse(config_json_schema());
  EXPECT_EQ(schema.at("$id").as_string(), "urn:backtest:config");
  for (const auto& [name, definition] : schema.at("definitions").as_object()) {
    EXPECT_EQ(std::string(definition.at("title").as_string()), std::string(name));
    if (!definition.as_object().contains("oneOf")) continue;
    for (const json::value& form : definition.at("oneOf").as_array()) {
      EXPECT_TRUE(form.as_object().contains("title")) << name;
    }
  }
  for (const auto& [key, value] : schema.at("examples").at(0).as_object()) {
    EXPECT_EQ(schema.at("properties").at(key).at("examples"), json::value(json::array{value})) << key;
  }
}

TEST(ConfigSchema, ExampleOfTheDocumentationIsAConfig) {
  const std::string text = config_markdown();
  const std::size_t begin = text.find("```yaml\n") + 8;
  EXPECT_EQ(complaints(text.substr(begin, text.find("```", begin) - begin)), "");
}

}  // namespace
}  // namespace backtest
