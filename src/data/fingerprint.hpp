// SHA-256 of market data as the engine sees them: dates, instruments, arrays, whatever files they came from.
#pragma once

#include <string>

#include "engine/model/panel.hpp"

namespace backtest {

std::string fingerprint(const MarketData& market);

}  // namespace backtest
