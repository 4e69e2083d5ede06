// `strategy.universe`: which instruments a pipeline may choose at a bar (CS-5).
#pragma once

#include "engine/model/pipeline_policy.hpp"
#include "spec/fields.hpp"

namespace backtest {

void decode_universe_rule(Fields& fields, UniversePolicy& universe);

}  // namespace backtest
