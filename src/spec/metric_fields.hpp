// The sections `metrics`, what the numbers of a run are measured by, and `benchmark`, what they are compared with.
#pragma once

#include "spec/fields.hpp"
#include "spec/spec.hpp"

namespace backtest {

void decode_benchmark(Fields& fields, Spec& spec);
void decode_metrics(Fields& fields, Spec& spec);

}  // namespace backtest
