// `strategy`: a configured pipeline, a composite of legs, or a class strategy (CFG-9, CFG-15..17, CMP-1).
#pragma once

#include <string>
#include <vector>

#include "engine/model/policy.hpp"
#include "spec/fields.hpp"
#include "spec/sizer_fields.hpp"

namespace backtest {

struct StrategyContext {
  SizerContext universe;
  bool has_signals = false;                          // data.signal_path is given
  const SizerPolicy* sizer = nullptr;                // the top-level one, which legs without their own share
  std::vector<std::string>* target_paths = nullptr;  // TargetWeightsStrategy tables, appended to
};

// Returns the class name: ConfiguredStrategy, CompositeStrategy, TopNSignalStrategy, ...
std::string decode_strategy(Fields& fields, StrategyPolicy& strategy, const StrategyContext& context);

// A plain class strategy or TargetWeightsStrategy from its `parameters`; `name` is one of class_strategy_names().
void decode_class_parameters(Fields& fields, const std::string& name,
                             std::variant<PipelinePolicy, TargetWeightsPolicy>& strategy,
                             const StrategyContext& context);
const std::vector<std::string_view>& class_strategy_names();

}  // namespace backtest
