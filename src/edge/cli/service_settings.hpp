// From the environment to what the parts of a service process need.
#pragma once

#include <optional>

#include "edge/cli/adapters.hpp"
#include "worker/worker.hpp"

namespace backtest {

// Settings with their directories made, or nullopt after every error has been printed to standard error.
std::optional<Settings> read_settings(Role role, const Adapters& adapters);

WorkerSettings worker_settings(const Settings& settings);

// Opens the run store, again and again with growing pauses, until it is open or `give_up` answers true: an
// unreachable server or a missing schema makes a replica unready, it does not end it. Returns whether it is open.
bool open_run_store(RunStore& runs, const std::function<bool()>& give_up);

}  // namespace backtest
