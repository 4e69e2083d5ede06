// The SQL files of migrations/postgres/, embedded in the binary, and the versions this binary works with.
#pragma once

#include <span>
#include <string_view>

namespace backtest {

struct Migration {
  std::string_view version;  // the file's name without .sql: 0006_queue_and_leases
  std::string_view sql;
};

std::span<const Migration> embedded_migrations();  // in order
std::string_view embedded_grants();                // applied again after every `up`

// A database serves this binary if its version is at least this, and its oldest compatible version at most this.
inline constexpr int needed_schema_version = 7;

}  // namespace backtest
