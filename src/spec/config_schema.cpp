#include "spec/config_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "spec/decode_config.hpp"

namespace backtest {

namespace {

json::value text_value(std::string_view text) {
  return json::value(json::string(text.data(), text.size()));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string kind_text(const SchemaNode& node) {
  std::string text = node.kind == "choice" ? joined(node.allowed) : node.kind;
  if (!node.range.empty()) text += " " + node.range;
  if (node.is_nullable) text += " or null";
  return text;
}

std::string standard_text(const SchemaNode& node) {
  if (node.required) return "required";
  if (node.standard.is_null()) return "";
  if (node.standard.is_string()) return std::string(node.standard.get_string());
  return json_text(node.standard);
}

void append_fields(std::string& out, const std::vector<SchemaNode>& fields, const std::string& prefix);

void append_row(std::string& out, const SchemaNode& node, const std::string& path) {
  out += "| `" + path + "` | " + kind_text(node) + " | " + standard_text(node) + " | " + node.description + " |\n";
}

void append_fields(std::string& out, const std::vector<SchemaNode>& fields, const std::string& prefix) {
  for (const SchemaNode& node : fields) {
    const std::string path = prefix.empty() ? node.name : prefix + "." + node.name;
    append_row(out, node, path);
    if (node.kind == "map") append_fields(out, node.fields, path);
    if (node.kind == "list of maps") append_fields(out, node.fields, path + "[]");
    for (const SchemaNode& alternative : node.alternatives) {
      out += "| `" + path + ": " + alternative.name + "` | | | " + alternative.description + " |\n";
      append_fields(out, alternative.fields, prefix.empty() ? "" : prefix);
    }
  }
}

constexpr std::string_view table_head = "| Key | Kind | Default | Meaning |\n|---|---|---|---|\n";

json::object json_schema_of(const std::vector<SchemaNode>& fields, bool is_closed);

void add_range(json::object& schema, const std::string& range) {
  if (!range.empty()) schema["description"] = std::string(schema["description"].get_string()) + " (" + range + ")";
}

json::object json_schema_of(const SchemaNode& node) {
  json::object schema;
  schema["description"] = text_value(node.description);
  if (!node.standard.is_null()) schema["default"] = node.standard;
  const auto type = [&](const char* name) {
    schema["type"] = node.is_nullable ? json::value(json::array{name, "null"}) : json::value(name);
  };
  if (node.kind == "flag") type("boolean");
  if (node.kind == "number") type("number");
  if (node.kind == "integer") type("integer");
  if (node.kind == "text") schema["type"] = json::array{"string", "number", "boolean", "null"};
  if (node.kind == "date") type("string");
  if (node.kind == "list of text") schema["type"] = json::array{"array", "string", "null"};
  if (node.kind == "choice" || node.kind == "variant") {
    json::array names;
    for (const std::string& name : node.allowed) names.push_back(text_value(name));
    for (const SchemaNode& alternative : node.alternatives) names.push_back(text_value(alternative.name));
    schema["enum"] = std::move(names);
  }
  if (node.kind == "map" && !node.fields.empty()) {
    json::object inner = json_schema_of(node.fields, true);
    inner["description"] = schema["description"];
    inner["type"] = json::array{"object", "null"};
    return inner;
  }
  if (node.kind == "list of maps") {
    schema["type"] = json::array{"array", "null"};
    schema["items"] = json_schema_of(node.fields, true);
  }
  add_range(schema, node.range);
  return schema;
}

// What a component's parameters may be depends on its class, which editors need not resolve: every alternative's keys
// are offered, and such a map is left open.
json::object json_schema_of(const std::vector<SchemaNode>& fields, bool is_closed) {
  json::object properties;
  json::array required;
  for (const SchemaNode& node : fields) {
    properties[node.name] = json_schema_of(node);
    if (node.required) required.push_back(text_value(node.name));
    for (const SchemaNode& alternative : node.alternatives) {
      is_closed = false;
      for (const SchemaNode& field : alternative.fields) {
        if (!properties.contains(field.name)) properties[field.name] = json_schema_of(field);
      }
    }
  }
  json::object schema;
  schema["type"] = "object";
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  if (is_closed) schema["additionalProperties"] = false;
  return schema;
}

}  // namespace

SchemaNode describe_config() {
  SchemaNode root{.name = "", .kind = "map", .description = "a backtest"};
  DecodeContext context;
  Spec spec;
  Fields fields(context, nullptr, "", nullptr, &root);
  decode_config(fields, spec);
  return root;
}

std::string config_markdown() {
  std::string out =
      "# Config\n\n"
      "Generated by `backtest schema --markdown`; every key that a config may hold. Unknown keys are errors at every\n"
      "depth, text is never a number or a flag, symbols are always text, numbers are finite and decimal, and every "
      "error\n"
      "is reported at once as `file:line:column: path: what is wrong`. YAML anchors, aliases, tags and duplicate keys "
      "are\n"
      "refused. A range is written as in mathematics: `(0, 1]` leaves 0 out.\n";
  const SchemaNode root = describe_config();
  out += "\n## Top level\n\n";
  out += table_head;
  for (const SchemaNode& node : root.fields) append_row(out, node, node.name);
  for (const SchemaNode& node : root.fields) {
    if (node.fields.empty()) continue;
    out += "\n## " + node.name + "\n\n" + std::string(table_head);
    append_fields(out, node.fields, "");
  }
  return out;
}

std::string config_json_schema() {
  json::object schema = json_schema_of(describe_config().fields, true);
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = "backtest config";
  return json_text(schema, JsonLayout::indented);
}

}  // namespace backtest
