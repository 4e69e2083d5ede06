// Where configs differ, for people who compare runs.
#pragma once

#include <vector>

#include "base/json.hpp"

namespace backtest {

// A list of {path, values}: the dotted paths of the leaves in which the configs are not all equal, ascending, each with
// one value per config (null where a config lacks it). A list counts as one leaf, for its items are compared as a
// whole. At most 500.
json::array config_differences(const std::vector<json::value>& configs);

}  // namespace backtest
