// Numbers against a benchmark that rolling windows share with the whole run.
#pragma once

#include <span>

#include "engine/metric/summary.hpp"

namespace backtest {

// cov0(r, b) / var0(b) over the rows that have returns; nullopt where the benchmark does not vary over them.
OptionalNumber beta_of(std::span<const BenchmarkRow> rows);

}  // namespace backtest
