// The registration of the run store in PostgreSQL: BACKTEST_RUN_STORE_MODE=postgres and the BACKTEST_POSTGRES_
// settings.
#pragma once

#include "run_store/run_store_kind.hpp"

namespace backtest {

RunStoreKind postgres_run_store_kind();

}  // namespace backtest
