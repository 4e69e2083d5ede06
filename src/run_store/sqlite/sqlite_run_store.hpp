// The embedded run store: one SQLite file, shared by any number of processes of one host. Any thread may call it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "run_store/run_store.hpp"

namespace backtest {

struct SqliteRunStoreOptions {
  // The store's clocks, and which start of the machine it is (moment.hpp); unset = the host's. Tests move the uptime
  // instead of waiting for leases to expire. Stores that share a file must share them.
  std::function<StoreTime()> clock, uptime;
  std::string boot;
  // Where artifacts are (output_lock.hpp): while the store is open no other process opens its file with another
  // directory. Unset = not said.
  std::filesystem::path output_directory;
};

// Touches nothing before open(), which throws InvalidInput where the output directory is not that of the others.
std::unique_ptr<RunStore> make_sqlite_run_store(const std::filesystem::path& database,
                                                SqliteRunStoreOptions options = {});

}  // namespace backtest
