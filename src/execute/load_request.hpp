// What a spec asks of the loader.
#pragma once

#include "data/load.hpp"
#include "spec/spec.hpp"

namespace backtest {

LoadRequest load_request(const Spec& spec);

}  // namespace backtest
