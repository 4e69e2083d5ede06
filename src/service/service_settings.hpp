// From settings to what the parts of a service process need.
#pragma once

#include <functional>

#include "run_store/run_store_kind.hpp"
#include "settings/settings.hpp"
#include "worker/worker.hpp"

namespace backtest {

WorkerSettings worker_settings(const Settings& settings, const RunStoreKind& kind);

// Opens the run store, again and again with growing pauses, until it is open or `give_up` answers true: an
// unreachable server or a missing schema makes a replica unready, it does not end it. Returns whether it is open.
bool open_run_store(RunStore& runs, const std::function<bool()>& give_up);

}  // namespace backtest
