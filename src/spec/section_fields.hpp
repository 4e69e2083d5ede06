// The sections that are not strategies: universe, data, constraints, broker, output (CFG-6..13).
#pragma once

#include <string>
#include <string_view>

#include "spec/fields.hpp"
#include "spec/spec.hpp"

namespace backtest {

// Reports a path of a table that no reader here knows the form of.
void require_table_suffix(Fields& fields, std::string_view key, const std::string& path);

void decode_universe(Fields& fields, Spec& spec);
void decode_data(Fields& fields, Spec& spec);
void decode_constraints(Fields& fields, ConstraintPolicy& constraints);
void decode_broker(Fields& fields, BrokerPolicy& broker);
void decode_output(Fields& fields, OutputSection& output);

}  // namespace backtest
