// The whole database into a file and back, by pg_dump and pg_restore: they read in one snapshot, know every version's
// catalog, and are what operators trust. Found on PATH; pg_dump must not be older than the server.
#pragma once

#include <filesystem>

#include "base/secret.hpp"

namespace backtest {

// Custom format, without owners and privileges: `backtest migrate up` gives those again. Throws std::runtime_error.
void dump_database(const Secret& dsn, const std::filesystem::path& file);

// In one transaction, into a database without a schema of ours: throws InvalidInput where there is one.
void restore_database(const Secret& dsn, const std::filesystem::path& file);

}  // namespace backtest
