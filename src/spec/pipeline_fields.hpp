// The configured pipeline's keys (CS-1..CS-11) and the schedule that class strategies share.
#pragma once

#include "engine/model/pipeline_policy.hpp"
#include "spec/fields.hpp"

namespace backtest {

struct PipelineDefaults {
  UniverseSource universe_source = UniverseSource::signals;  // prices where the config has no signal_path
};

// Every key of a configured strategy; unknown ones are the caller's to report (finish()).
void decode_pipeline(Fields& fields, PipelinePolicy& policy, const PipelineDefaults& defaults);

// Said where a number is outside the range in which its rule acts (CS-10).
void warn_of_no_action(Fields& fields, std::string_view key, double value, Range acting);

// `rebalance` of a pipeline: a map.
void decode_schedule(Fields& fields, Schedule& schedule);
// `rebalance` of a class strategy: a word, a number of calendar days, or that map (STR-1, W-7).
void decode_class_rebalance(Fields& fields, Schedule& schedule);

}  // namespace backtest
