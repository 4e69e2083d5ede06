// The instruments of a run, and where each symbol of the price table goes.
#pragma once

#include <string>
#include <vector>

#include "data/bar_survey.hpp"
#include "data/load.hpp"
#include "data/panel_shape.hpp"
#include "data/symbol_table.hpp"

namespace backtest {

struct PanelUniverse {
  std::vector<std::string> instruments;        // ascending, distinct
  std::vector<std::uint32_t> place_of_symbol;  // by SymbolId, as PanelShape has it
  std::uint32_t benchmark_place = not_read;
};

// Gives the listed symbols the ids 0, 1, ... in ascending order, and returns how many there are; 0 for `all`.
std::size_t intern_universe(const LoadRequest& request, SymbolTable& symbols);

// After the survey. A listed symbol without a row is a warning, none with rows an error, as is a missing benchmark.
PanelUniverse make_universe(const LoadRequest& request, const SymbolTable& symbols, const BarSurvey& survey,
                            std::vector<Diagnostic>& warnings);

// No universe row lies between start_date and end_date.
[[noreturn]] void refuse_empty_range(const LoadRequest& request, const BarSurvey& survey);

// Instruments that have rows, but none on the panel's bars.
void report_silent_instruments(const LoadRequest& request, const Panel& panel, const BarSurvey& survey,
                               const SymbolTable& symbols, std::vector<Diagnostic>& warnings);

}  // namespace backtest
