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
// The others, by their file's name without .sql: grants (applied again by every `up`), check, release, fail_live,
// resume.
std::string_view embedded_script(std::string_view name);

// A database serves this binary if its version is at least this, and its oldest compatible version at most this.
inline constexpr int needed_schema_version = 14;
// The oldest compatible version of a database that `migrate release` gave back to the Python service: nobody's.
inline constexpr int released_schema_version = 2'147'483'647;

}  // namespace backtest
