// The config's keys as documentation and as a JSON Schema for editors, both from the decoder's own declarations.
#pragma once

#include <string>

#include "spec/schema_node.hpp"

namespace backtest {

// Every key of a config. What references name stands in the other three.
SchemaNode describe_config();
SchemaNode describe_sizing();
SchemaNode describe_scoring();
SchemaNode describe_leg_strategy();

std::string config_markdown();     // docs/config.md
std::string config_json_schema();  // docs/config.schema.json, indented, without a final newline

}  // namespace backtest
