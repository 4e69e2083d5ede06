// Whether the machine can execute runs, as the process around the worker judges it.
#pragma once

#include <functional>
#include <string>

#include "worker/lease_policy.hpp"

namespace backtest {

struct Fitness {
  bool is_fit = false;
  std::string reason;  // why not; empty where nobody has looked yet
};

// By a look that began after `since`. Any thread; does not wait.
using FitnessCheck = std::function<Fitness(MonotonicTime since)>;

}  // namespace backtest
