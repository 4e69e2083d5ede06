// The columns that a policy may read. The loader loads those that exist; the strategy refuses to be built when one is
// missing that it cannot do without.
#pragma once

#include <string>
#include <vector>

#include "engine/model/policy.hpp"

namespace backtest {

// Lower case, ascending, distinct. Never the five price fields, date or symbol.
std::vector<std::string> extra_price_columns_read(const Policy& policy);
// As written, ascending, distinct.
std::vector<std::string> signal_columns_read(const Policy& policy);

}  // namespace backtest
