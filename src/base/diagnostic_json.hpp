// Diagnostics as HTTP and summary.json carry them.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/json.hpp"

namespace backtest {

std::string_view word(Importance importance);

// Of errors: nobody reads more, and a bad body can have a million.
inline constexpr std::size_t most_errors_shown = 1000;

// The first most_errors_shown: path and message, and what is known of line, column, count, first and remedy.
json::array errors_json(const std::vector<Diagnostic>& errors);

// The same with file and importance, the important ones first.
json::array warnings_json(const std::vector<Diagnostic>& warnings);

}  // namespace backtest
