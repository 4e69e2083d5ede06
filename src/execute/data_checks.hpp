// Rules that need both the config and the data that it names.
#pragma once

#include <vector>

#include "base/diagnostic.hpp"
#include "engine/model/panel.hpp"
#include "spec/spec.hpp"

namespace backtest {

// Throws InvalidInput where a FixedWeightSizer names what the price table does not hold (universe.symbols: all).
void check_symbols(const Spec& spec, const Panel& prices);

// Of target weights beyond the limits, which the constraints will change.
std::vector<Diagnostic> target_limit_warnings(const Spec& spec, const MarketData& market);

}  // namespace backtest
