// Strategies that are known to select more names than their sizer holds (SZ-10).
#pragma once

#include "spec/fields.hpp"
#include "spec/spec.hpp"

namespace backtest {

// `fields` is the whole config, every section of it decoded into `spec`.
void check_sizer_room(Fields& fields, const Spec& spec);

}  // namespace backtest
