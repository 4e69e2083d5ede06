// The config's keys as documentation and as a JSON Schema for editors, both from the decoder's own declarations.
#pragma once

#include <string>

#include "spec/schema_node.hpp"

namespace backtest {

SchemaNode describe_config();
std::string config_markdown();     // docs/config.md
std::string config_json_schema();  // docs/config.schema.json, indented, without a final newline

}  // namespace backtest
