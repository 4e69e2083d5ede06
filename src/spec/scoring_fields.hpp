// `strategy.signals` and `strategy.scoring` (CS-6, CS-7).
#pragma once

#include "engine/model/pipeline_policy.hpp"
#include "spec/fields.hpp"

namespace backtest {

void decode_signal_provider(Fields& fields, SignalProvider& provider);
void decode_scoring(Fields& fields, Scoring& scoring);

}  // namespace backtest
