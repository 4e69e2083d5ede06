// What tells one database of runs from every other: written by its migrations, kept by dumps.
#pragma once

#include <string>

#include "base/secret.hpp"

namespace backtest {

// On a connection of its own. Throws StoreUnavailable where it cannot be read.
std::string postgres_store_identity(const Secret& dsn);

}  // namespace backtest
