// The sections that are not strategies: universe, data, benchmark, constraints, broker, output (CFG-6..13).
#pragma once

#include "spec/fields.hpp"
#include "spec/spec.hpp"

namespace backtest {

void decode_universe(Fields& fields, Spec& spec);
void decode_data(Fields& fields, Spec& spec);
void decode_benchmark(Fields& fields, Spec& spec);
void decode_constraints(Fields& fields, ConstraintPolicy& constraints);
void decode_broker(Fields& fields, BrokerPolicy& broker);
void decode_output(Fields& fields, OutputSection& output);

}  // namespace backtest
