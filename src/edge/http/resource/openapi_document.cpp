#include "edge/http/resource/openapi_document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>

#include "base/assertion.hpp"
#include "base/json.hpp"
#include "spec/config_schema.hpp"

namespace backtest {

namespace {

constexpr std::string_view of_definitions = "#/definitions/", of_schemas = "#/components/schemas/";

// "legs_item" -> "LegsItem".
std::string pascal_case(std::string_view text) {
  std::string out;
  bool is_first = true;
  for (const char c : text) {
    const bool is_separator = c == '_' || c == ' ';
    if (!is_separator) out += is_first && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    is_first = is_separator;
  }
  return out;
}

std::string schema_name(std::string_view definition) {
  return "Config" + pascal_case(definition);
}

json::object referring_to(const std::string& schema) {
  return {{"$ref", std::string(of_schemas) + schema}};
}

// Its title, which is taken away: generators would take it for a name that must be the only one.
std::string title_out_of(json::object& schema) {
  const json::value* title = schema.if_contains("title");
  std::string text = title == nullptr ? "" : std::string(title->as_string());
  schema.erase("title");
  return text;
}

// Moves the schema of a config into the schemas of the API, each of its maps as a schema of its own.
class ConfigSchemas {
 public:
  explicit ConfigSchemas(json::object& schemas) : schemas_(schemas) {}

  void add(json::object config) {
    json::object definitions = std::move(config.at("definitions").as_object());
    for (const char* of_draft_7 : {"definitions", "$id", "$schema", "title"}) config.erase(of_draft_7);
    for (const auto& [name, schema] : definitions) schemas_[schema_name(name)] = nullptr;  // these names are taken
    adapt(config, "Config");
    schemas_["Config"] = std::move(config);
    for (auto& [name, schema] : definitions) {
      title_out_of(schema.as_object());
      adapt(schema, schema_name(name));
      schemas_[schema_name(name)] = std::move(schema);
    }
  }

 private:
  void adapt(json::value& schema, const std::string& parent) {
    if (schema.is_object()) return adapt(schema.get_object(), parent);
    if (!schema.is_array()) return;
    for (json::value& item : schema.get_array()) adapt(item, parent);
  }

  void adapt(json::object& schema, const std::string& parent) {
    if (const json::value* reference = schema.if_contains("$ref")) {
      const std::string_view target = reference->as_string();
      BACKTEST_ASSERT(target.starts_with(of_definitions), "the schema of a config refers to its own definitions alone");
      schema = referring_to(schema_name(target.substr(of_definitions.size())));
      return;
    }
    for (auto& member : schema) adapt(member.value(), parent);
    if (json::value* alternatives = schema.if_contains("oneOf")) name_maps(alternatives->as_array(), parent);
  }

  void name_maps(json::array& alternatives, const std::string& parent) {
    for (json::value& alternative : alternatives) {
      const std::string stem = parent + pascal_case(title_out_of(alternative.as_object()));
      std::string name = stem;
      for (int number = 2; schemas_.contains(name); ++number) name = stem + std::to_string(number);
      schemas_[name] = std::move(alternative);
      alternative = referring_to(name);
    }
  }

  json::object& schemas_;
};

}  // namespace

const std::string& whole_openapi_document() {
  static const std::string text = [] {
    json::value document = json::parse(openapi_document());
    ConfigSchemas(document.at("components").at("schemas").as_object())
        .add(json::parse(config_json_schema()).as_object());
    // In the order of openapi.json: of several media types generators take the first that they know.
    return json::serialize(document);
  }();
  return text;
}

}  // namespace backtest
