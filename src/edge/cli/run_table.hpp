// Runs as the service shows them, in the columns of `list` and `compare`.
#pragma once

#include <string>

#include "base/json.hpp"

namespace backtest {

std::string run_list_text(const json::array& runs);
// One column a run, one row a number.
std::string comparison_text(const json::array& runs);
// One row a path in which the configs differ, one column a run. Empty without any.
std::string differences_text(const json::array& differences);

}  // namespace backtest
