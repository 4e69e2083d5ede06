// Warnings in the order and the form in which people read them.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.hpp"

namespace backtest {

// The important ones first; otherwise in the order in which they were found.
std::vector<Diagnostic> by_importance(std::vector<Diagnostic> warnings);

// Their texts by importance, where of those that differ in names, numbers and places alone the first stands for all:
// "AAA has no rows; 3 more like this".
std::vector<std::string> folded(std::vector<Diagnostic> warnings);

}  // namespace backtest
