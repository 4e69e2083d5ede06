// The end of a run in words, for a terminal.
#pragma once

#include <string>

#include "execute/execute.hpp"

namespace backtest {

std::string summary_text(const ExecuteResult& result, const std::string& directory);

}  // namespace backtest
