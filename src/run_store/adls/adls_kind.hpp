// The registration of the run store in object storage: BACKTEST_RUN_STORE_MODE=adls, below BACKTEST_ADLS_RUNS_DIR.
#pragma once

#include "run_store/run_store_kind.hpp"

namespace backtest {

RunStoreKind adls_run_store_kind();

}  // namespace backtest
