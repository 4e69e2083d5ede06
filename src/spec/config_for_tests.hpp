// Configs for tests: the sections that a test does not speak of.
#pragma once

#include <string>
#include <string_view>

#include "spec/spec.hpp"

namespace backtest {

inline constexpr std::string_view test_head =
    "start_date: 2023-01-02\n"
    "end_date: 2023-12-29\n"
    "universe: {symbols: [AAA, BBB, CCC]}\n"
    "data: {price_path: prices.csv, signal_path: signals.csv}\n";
inline constexpr std::string_view test_strategy = "strategy: {class: TopNSignalStrategy}\n";

// The head, a strategy and `more` sections.
inline std::string config_with(std::string_view more, std::string_view strategy = test_strategy) {
  return std::string(test_head) + std::string(strategy) + std::string(more);
}

inline Spec spec_with(std::string_view more, std::string_view strategy = test_strategy) {
  return parse_spec(config_with(more, strategy), "config.yaml");
}

inline Spec spec_of_strategy(std::string_view strategy) {
  return spec_with("", strategy);
}

// What is said about a config: the diagnostics, one a line, or nothing.
inline std::string complaints(std::string_view text, std::string_view file = "c.yaml") {
  try {
    parse_spec(text, file);
    return "";
  } catch (const InvalidInput& invalid) {
    return invalid.what();
  }
}

}  // namespace backtest
