// The config's top level (CFG-5): sections in the order in which later ones need earlier ones.
#pragma once

#include "spec/fields.hpp"
#include "spec/spec.hpp"

namespace backtest {

void decode_config(Fields& fields, Spec& spec);

}  // namespace backtest
