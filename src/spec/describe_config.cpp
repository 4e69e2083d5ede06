#include "spec/config_schema.hpp"
#include "spec/decode_config.hpp"
#include "spec/scoring_fields.hpp"
#include "spec/sizer_fields.hpp"
#include "spec/strategy_fields.hpp"

namespace backtest {

namespace {

template <typename Decode>
SchemaNode described_map(std::string_view name, Decode decode) {
  SchemaNode node;
  node.name = name;
  node.kind = SchemaKind::map;
  DecodeContext context;
  Fields fields(context, nullptr, "", nullptr, &node);
  decode(fields);
  return node;
}

}  // namespace

SchemaNode describe_config() {
  Spec spec;
  return described_map("config", [&](Fields& fields) { decode_config(fields, spec); });
}

SchemaNode describe_sizing() {
  SizerPolicy sizer;
  const UniverseSymbols universe;
  return described_map("sizing", [&](Fields& fields) { decode_sizer(fields, sizer, universe); });
}

SchemaNode describe_scoring() {
  Scoring scoring;
  return described_map("scoring", [&](Fields& fields) { decode_scoring(fields, scoring); });
}

SchemaNode describe_leg_strategy() {
  LegStrategy strategy;
  StrategyContext context;
  context.has_signals = true;
  return described_map("leg_strategy", [&](Fields& fields) { decode_leg_strategy(fields, strategy, context); });
}

}  // namespace backtest
