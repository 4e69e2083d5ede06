// Secrets that are read again while the service runs, and the audit of settings.
#pragma once

#include <string_view>

#include "run_store/run_store_kind.hpp"
#include "service/stores.hpp"
#include "settings/settings.hpp"
#include "worker/worker.hpp"

namespace backtest {

// An event of the audit: who may call, and a hash of all settings without their secrets, which tells whether they are
// those of another start. Where it cannot be written the log has it.
void audit_settings(RunStore& runs, std::string_view action, const Settings& settings);

// Reads the environment and every file that a *_FILE variable names. New connections of the run store, new requests to
// object storage and new attempts use what it finds; everything else stays as `settings` has it. Throws InvalidInput,
// and changes nothing, where a file cannot be used.
void read_secrets_again(const Settings& settings, const StoreKinds& kinds, const ProcessStores& stores, Worker& worker);

}  // namespace backtest
