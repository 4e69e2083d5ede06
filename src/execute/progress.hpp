// How far a run is, for people and for the run record.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>

#include "base/date.hpp"

namespace backtest {

enum class Phase { loading, simulating, reporting };

struct Progress {
  Phase phase = Phase::loading;
  std::size_t bars_done = 0;
  std::size_t bars_total = 0;
  std::optional<Date> date;   // of the last bar that was simulated
  std::optional<double> nav;  // at its close, as the artifacts will say
  double bars_per_second = 0.0;
};

using ProgressCallback = std::function<void(const Progress&)>;
using StopCallback = std::function<bool()>;  // true = end the run

// What a run ends with when its StopCallback answered true.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted") {}
};

}  // namespace backtest
