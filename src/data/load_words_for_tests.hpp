// For tests: what loading says, in words.
#pragma once

#include <string>

#include "data/load.hpp"

namespace backtest {

// Empty where nothing is refused.
inline std::string load_error(const LoadRequest& request) {
  try {
    load_market_data(request);
  } catch (const InvalidInput& invalid) {
    return invalid.what();
  }
  return "";
}

// One a line.
inline std::string load_warnings(const LoadRequest& request) {
  std::string text;
  for (const Diagnostic& warning : load_market_data(request).warnings) text += warning.text() + "\n";
  return text;
}

}  // namespace backtest
