// Rules over several sections: what a strategy and its sizer ask for against what `constraints` allow. What could never
// be held is an error where the intent is clear, a warning otherwise.
#pragma once

#include "spec/fields.hpp"
#include "spec/spec.hpp"

namespace backtest {

// `fields` is the whole config, every section of it decoded into `spec`.
void check_limits(Fields& fields, const Spec& spec);

}  // namespace backtest
