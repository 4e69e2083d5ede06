// Enumerations as the artifacts spell them.
#pragma once

#include <string_view>

#include "engine/model/fill.hpp"
#include "engine/model/policy.hpp"
#include "engine/model/simulation_result.hpp"

namespace backtest {

std::string_view word(FillReason reason);
std::string_view word(RejectReason reason);
std::string_view word(Constraint constraint);
std::string_view word(DebugTable table);
std::string_view word(FillPolicy policy);

}  // namespace backtest
