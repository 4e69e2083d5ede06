// Walks through the worlds of the lease model: all of a small one, or seeded paths through a larger one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lease_model.hpp"

namespace backtest::sim {

struct Finding {
  std::string violation;
  std::vector<std::string> trace;  // the actions that lead there; the shortest in explore_all()
};

struct Explored {
  std::int64_t worlds = 0;
  std::optional<Finding> finding;
};

// Breadth first over every reachable world. Besides the promises of single actions: from every world in which enough
// time and claims are left, the run can still end.
Explored explore_all(const Bounds& bounds, Variant variant);

// `walks` random paths of at most `steps` actions.
Explored explore_randomly(const Bounds& bounds, Variant variant, std::uint64_t seed, int walks, int steps);

}  // namespace backtest::sim
