// The config's keys as documentation and as a JSON Schema for editors, both from the decoder's own declarations.
#pragma once

#include <string>
#include <string_view>

#include "spec/schema_node.hpp"

namespace backtest {

// Every key of a config. A map that stands in several places is a reference there; the other three describe such maps.
SchemaNode describe_config();
SchemaNode describe_sizing();
SchemaNode describe_scoring();
SchemaNode describe_leg_strategy();

// A small config, in YAML: what documentation and schema show.
inline constexpr std::string_view example_config =
    R"(start_date: 2015-01-02
end_date: 2024-12-31
universe: {symbols: [SPY, AGG]}
data: {price_path: prices.parquet}
strategy: {class: StaticUniverseStrategy, parameters: {rebalance: monthly}}
sizing: {class: FixedWeightSizer, parameters: {weights: {SPY: 0.6, AGG: 0.4}}}
broker: {commission: 0.0005, slippage_bps: 2}
)";

std::string config_markdown();     // docs/config.md
std::string config_json_schema();  // docs/config.schema.json, indented, without a final newline

}  // namespace backtest
