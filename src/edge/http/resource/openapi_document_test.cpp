#include "edge/http/resource/openapi_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/json.hpp"

namespace backtest {
namespace {

void collect_references(const json::value& value, std::set<std::string>& references) {
  if (const json::array* items = value.if_array()) {
    for (const json::value& item : *items) collect_references(item, references);
  }
  const json::object* object = value.if_object();
  if (object == nullptr) return;
  if (const json::value* reference = object->if_contains("$ref")) references.emplace(reference->as_string());
  for (const auto& [key, member] : *object) collect_references(member, references);
}

TEST(OpenapiDocument, EveryReferenceLeadsToSomethingInIt) {
  const json::value document = json::parse(whole_openapi_document());
  std::set<std::string> references;
  collect_references(document, references);
  EXPECT_GT(references.size(), 150u);
  for (const std::string& reference : references) {
    ASSERT_THAT(reference, testing::StartsWith("#/"));
    boost::system::error_code error;
    EXPECT_NE(document.find_pointer(reference.substr(1), error), nullptr) << reference;
  }
}

// What generators make classes of: a map without a name of its own would have to share one.
TEST(OpenapiDocument, EveryAlternativeOfAConfigHasAName) {
  const json::value document = json::parse(whole_openapi_document());
  const json::object& schemas = document.at("components").at("schemas").as_object();
  const json::object& config = schemas.at("Config").as_object();
  EXPECT_EQ(config.at("properties").at("initial_cash").at("default"), json::value(1'000'000.0));
  EXPECT_FALSE(config.contains("definitions"));
  for (const json::value& alternative : schemas.at("ConfigSizing").at("oneOf").as_array()) {
    EXPECT_TRUE(alternative.as_object().contains("$ref")) << json_text(alternative);
  }
  const json::object& by_name = schemas.at("ConfigSizingFixedWeightSizer").as_object();
  EXPECT_EQ(by_name.at("properties").at("class").at("const"), json::value("FixedWeightSizer"));
  EXPECT_FALSE(by_name.contains("title"));
}

}  // namespace
}  // namespace backtest
