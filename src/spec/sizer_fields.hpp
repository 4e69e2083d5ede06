// `sizing`: a component {class, parameters} (CFG-8, CFG-18, decisions).
#pragma once

#include <string>

#include "engine/model/policy.hpp"
#include "spec/fields.hpp"
#include "spec/universe_symbols.hpp"

namespace backtest {

// Returns the class name.
std::string decode_sizer(Fields& fields, SizerPolicy& sizer, const UniverseSymbols& universe);

}  // namespace backtest
