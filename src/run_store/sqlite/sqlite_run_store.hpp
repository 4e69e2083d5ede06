// The embedded run store: one SQLite file, shared by any number of processes of one host. Any thread may call it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "run_store/run_store.hpp"

namespace backtest {

struct SqliteRunStoreOptions {
  // The store's clock; unset = the host's. Tests move it instead of waiting for leases to expire. Stores that share a
  // file must share the clock.
  std::function<StoreTime()> clock;
};

// Touches nothing before open().
std::unique_ptr<RunStore> make_sqlite_run_store(const std::filesystem::path& database,
                                                SqliteRunStoreOptions options = {});

}  // namespace backtest
