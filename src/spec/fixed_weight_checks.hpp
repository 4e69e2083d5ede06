// FixedWeightSizer's weights beside the limits that would change them without a word (SZ-6).
#pragma once

#include "spec/fields.hpp"
#include "spec/spec.hpp"

namespace backtest {

// Weights of a leg count with the leg's share of the composite, which is what the limits see.
void check_fixed_weights(Fields& fields, const Spec& spec);

}  // namespace backtest
