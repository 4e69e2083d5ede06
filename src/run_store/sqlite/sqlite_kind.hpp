// The registration of the embedded run store: BACKTEST_RUN_STORE_MODE=sqlite, the file BACKTEST_DB_PATH.
#pragma once

#include "run_store/run_store_kind.hpp"

namespace backtest {

RunStoreKind sqlite_run_store_kind();

}  // namespace backtest
