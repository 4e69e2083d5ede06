// `strategy`: a configured pipeline, a composite of legs, or a class strategy (CFG-9, CFG-15..17, CMP-1).
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/model/policy.hpp"
#include "spec/fields.hpp"
#include "spec/universe_symbols.hpp"

namespace backtest {

struct StrategyContext {
  UniverseSymbols universe;
  bool has_signals = false;                          // data.signal_path is given
  SizerPolicy sizer;                                 // the top-level one, which legs without their own share
  std::vector<std::string>* target_paths = nullptr;  // TargetWeightsStrategy tables, appended to
};

// Returns the class name: ConfiguredStrategy, CompositeStrategy, TopNSignalStrategy, ...
std::string decode_strategy(Fields& fields, StrategyPolicy& strategy, const StrategyContext& context);

// What a leg may be: type: configured, or a class strategy.
using LegStrategy = std::variant<PipelinePolicy, TargetWeightsPolicy>;
void decode_leg_strategy(Fields& fields, LegStrategy& strategy, const StrategyContext& context);

// The class strategies but ConfiguredStrategy and CompositeStrategy; decoding writes to `strategy`.
std::vector<Fields::Alternative> class_strategies(LegStrategy& strategy, const StrategyContext& context);

// A composite's keys: blend and legs.
void decode_composite(Fields& fields, CompositePolicy& composite, const StrategyContext& context);

}  // namespace backtest
