// The weights of holdings at a few closes of a run: the largest ones by name, the others together.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/metric/summary.hpp"

namespace backtest {

struct WeightRow {
  std::vector<double> named;  // signed, over NAV; by WeightHistory::instruments, 0 where not held
  double other_long = 0.0, other_short = 0.0;
  double largest = 0.0;  // absolute, of one position
  std::size_t positions = 0;
};

struct WeightHistory {
  std::vector<InstrumentIndex> instruments;  // largest mean absolute weight over the rows first
  std::vector<WeightRow> rows;
};

// `rows` are indexes into SimulationResult::bars. A bar whose NAV is not positive has no weights.
WeightHistory weight_history(const SimulationResult& result, std::span<const std::size_t> rows,
                             std::size_t most_instruments);

}  // namespace backtest
