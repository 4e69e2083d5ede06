// From settings to what the parts of a service process need.
#pragma once

#include "run_store/run_store_kind.hpp"
#include "settings/settings.hpp"
#include "worker/worker.hpp"

namespace backtest {

// How attempts get into market data.
DataAccess data_access(const Settings& settings);
WorkerSettings worker_settings(const Settings& settings, const RunStoreKind& kind);

}  // namespace backtest
