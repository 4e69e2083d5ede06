// The JSON Schema (draft 7, which editors know) of a config. Maps that stand in several places are written once, under
// `definitions`.

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/assertion.hpp"
#include "base/diagnostic.hpp"
#include "spec/config_schema.hpp"
#include "spec/node_words.hpp"

namespace backtest {

namespace {

json::array texts(const std::vector<std::string>& words) {
  json::array array;
  for (const std::string& word : words) array.push_back(json_of(word));
  return array;
}

json::object referring_to(const std::string& name) {
  return {{"$ref", json_of("#/definitions/" + name)}};
}

void add_range(json::object& schema, const Range& range) {
  if (std::isfinite(range.low)) schema[range.low_is_open ? "exclusiveMinimum" : "minimum"] = range.low;
  if (std::isfinite(range.high)) schema[range.high_is_open ? "exclusiveMaximum" : "maximum"] = range.high;
}

class JsonSchemaWriter {
 public:
  std::string text() {
    json::object root = closed_map(describe_config().fields);
    for (const SchemaNode& named : {describe_sizing(), describe_scoring(), describe_leg_strategy()}) {
      definitions_[named.name] = map_of(named.fields);
    }
    root["$schema"] = "http://json-schema.org/draft-07/schema#";
    root["$id"] = "urn:backtest:config";
    root["title"] = "backtest config";
    add_examples(root);
    json::object definitions;
    for (auto& [name, schema] : definitions_) {
      schema["title"] = json_of(name);
      definitions[name] = std::move(schema);
    }
    root["definitions"] = std::move(definitions);
    return json_text(root, JsonLayout::indented);
  }

 private:
  // The example as a whole, and each of its values at its key.
  static void add_examples(json::object& root) {
    std::vector<Diagnostic> errors;
    const json::value example = json_of(parse_yaml(example_config, "example", errors));
    BACKTEST_ASSERT(errors.empty(), "the example is a config");
    for (const auto& [key, value] : example.as_object()) {
      root["properties"].as_object()[key].as_object()["examples"] = json::array{value};
    }
    root["examples"] = json::array{example};
  }

  json::object schema_of(const SchemaNode& node) {
    json::object schema = value_of(node);
    // A sibling of $ref is ignored in draft 7: the reference moves into allOf.
    if (schema.contains("$ref")) schema = {{"allOf", json::array{std::move(schema)}}};
    if (!node.description.empty()) schema["description"] = json_of(node.description);
    if (!node.standard.is_null()) schema["default"] = node.standard;
    return schema;
  }

  json::object value_of(const SchemaNode& node) {
    const auto typed = [&](const char* type) {
      json::object schema{{"type", node.is_nullable ? json::value(json::array{type, "null"}) : json::value(type)}};
      add_range(schema, node.range);
      return schema;
    };
    switch (node.kind) {
      case SchemaKind::any:
      case SchemaKind::variant:
      case SchemaKind::component:
        return {};
      case SchemaKind::flag:
        return typed("boolean");
      case SchemaKind::number:
        return typed("number");
      case SchemaKind::integer:
        return typed("integer");
      case SchemaKind::text:
        return {{"type", {"string", "number", "boolean", "null"}}};
      case SchemaKind::date:
        return {{"type", "string"}, {"pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}"}};
      case SchemaKind::choice: {
        json::array words = texts(node.allowed);
        words.push_back(nullptr);
        return {{"enum", std::move(words)}};
      }
      case SchemaKind::text_list:
        return text_list(node);
      case SchemaKind::number_map: {
        json::object number{{"type", "number"}};
        add_range(number, node.range);
        return {{"type", "object"}, {"additionalProperties", std::move(number)}, {"minProperties", 1}};
      }
      case SchemaKind::text_map:
        return {{"type", {"object", "null"}}, {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}};
      case SchemaKind::map:
        return node.required ? shared_map(node.name, node.fields) : optional(shared_map(node.name, node.fields));
      case SchemaKind::map_list: {
        json::object list{{"type", {"array", "null"}}, {"items", shared_map(node.name + "_item", node.fields)}};
        if (node.required) list = {{"type", "array"}, {"items", list["items"]}, {"minItems", 1}};
        return list;
      }
      case SchemaKind::reference:
        return node.required ? referring_to(node.target) : optional(referring_to(node.target));
      case SchemaKind::one_of: {
        json::array forms;
        for (const SchemaNode& form : node.fields) forms.push_back(schema_of(form));
        return {{"anyOf", std::move(forms)}};
      }
    }
    return {};
  }

  static json::object text_list(const SchemaNode& node) {
    json::object list{{"type", "array"}, {"items", {{"type", {"string", "number", "boolean", "null"}}}}};
    if (node.required) list["minItems"] = 1;
    json::array forms{std::move(list)};
    if (!node.allowed.empty()) forms.push_back({{"enum", texts(node.allowed)}});
    if (!node.required) forms.push_back({{"type", "null"}});
    return {{"anyOf", std::move(forms)}};
  }

  static json::object optional(json::object schema) {
    return {{"anyOf", json::array{std::move(schema), json::object{{"type", "null"}}}}};
  }

  // Equal maps of one name share a definition.
  json::object shared_map(const std::string& name, const std::vector<SchemaNode>& fields) {
    const json::object schema = map_of(fields);
    std::string definition = name;
    for (int number = 2;; ++number) {
      const auto [place, is_new] = definitions_.try_emplace(definition, schema);
      if (is_new || place->second == schema) return referring_to(definition);
      definition = name + "_" + std::to_string(number);
    }
  }

  // A map in which some key chooses among alternatives is one of several closed maps.
  json::object map_of(const std::vector<SchemaNode>& fields) {
    json::array forms;
    for (const SchemaNode& node : fields) {
      if (node.kind == SchemaKind::variant) add_variant(node, forms);
      if (node.kind == SchemaKind::component) add_component(node, forms);
    }
    if (forms.empty()) return closed_map(fields);
    return {{"oneOf", std::move(forms)}};
  }

  json::object closed_map(const std::vector<SchemaNode>& fields) {
    json::object properties;
    json::array required;
    for (const SchemaNode& node : fields) {
      properties[node.name] = schema_of(node);
      for (const std::string& older : node.other_names) properties[older] = schema_of(node);
      // A key with an older spelling may stand under either.
      if (node.required && node.other_names.empty()) required.push_back(json_of(node.name));
    }
    json::object schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
  }

  void add_variant(const SchemaNode& node, json::array& forms) {
    for (const SchemaNode& alternative : node.alternatives) {
      json::object form = closed_map(alternative.fields);
      json::object& properties = form["properties"].as_object();
      properties[node.name] = {{"const", json_of(alternative.name)}};
      if (node.name == "type" && (alternative.name == "configured" || alternative.name == "composite")) {
        // The keys may also stand under `parameters`, so that none of them is required here.
        form.erase("required");
        for (const char* key : {"class", "class_name", "module", "parameters"}) properties[key] = json::object();
      }
      if (!form.contains("required")) form["required"] = json::array();
      const bool is_default = node.standard.is_string() && node.standard == json_of(alternative.name);
      if (!is_default) form["required"].as_array().push_back(json_of(node.name));
      form["title"] = json_of(alternative.name);
      form["description"] = json_of(alternative.description);
      forms.push_back(std::move(form));
    }
  }

  void add_component(const SchemaNode& node, json::array& forms) {
    for (const SchemaNode& alternative : node.alternatives) {
      const bool is_default = node.standard.is_string() && node.standard == json_of(alternative.name);
      const json::object parameters = shared_map(alternative.name, alternative.fields);
      bool has_required = false;
      for (const SchemaNode& field : alternative.fields) has_required = has_required || field.required;
      const auto add = [&](const char* key, bool is_required) {
        json::array required;
        if (is_required) required.push_back(json_of(key));
        if (has_required) required.push_back("parameters");
        forms.push_back(json::object{{"type", "object"},
                                     {"title", json_of(alternative.name)},
                                     {"description", json_of(alternative.description)},
                                     {"properties",
                                      {{key, {{"const", json_of(alternative.name)}}},
                                       {"module", json::object()},
                                       {"parameters", has_required ? parameters : optional(parameters)}}},
                                     {"required", std::move(required)},
                                     {"additionalProperties", false}});
      };
      add("class", !is_default);
      add("class_name", true);
    }
  }

  std::map<std::string, json::object> definitions_;
};

}  // namespace

std::string config_json_schema() {
  return JsonSchemaWriter().text();
}

}  // namespace backtest
