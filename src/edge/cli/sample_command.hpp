// `backtest sample DIR`: a synthetic market with configs, to try things on.
#pragma once

#include <string>

namespace backtest {

int sample_command(const std::string& directory);

}  // namespace backtest
