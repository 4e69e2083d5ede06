// The end of a run in words, for a terminal. Reads what summary.json holds.
#pragma once

#include <string>

#include "base/json.hpp"
#include "execute/execute.hpp"

namespace backtest {

std::string summary_text(const ExecuteResult& result, const std::string& directory);

}  // namespace backtest
