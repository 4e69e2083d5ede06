// Names of runs (SEC-1): they become directories and paths of the API.
#pragma once

#include <string_view>

namespace backtest {

// 1 to 64 of A-Z a-z 0-9 _ -, the first a letter or a digit, and not a word that the API's paths use.
bool valid_run_id(std::string_view text);

}  // namespace backtest
