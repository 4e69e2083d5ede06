// `backtest migrate up|status|check|plan|adopt`: the only code that changes the schema. Replicas never do.
//
// up      takes an advisory lock, applies what is missing, one transaction a file, and the grants again
// status  lists the versions and when they were applied
// check   exit 0 where the schema is what this program needs, else 1
// plan    prints what `up` would apply
// adopt   queues runs of the Python service that nobody can claim; with --old-stopped also its running ones
#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "run_store/postgres/migrations.hpp"

namespace backtest {

// Exit codes: 0 done, 1 the database refused or is not as needed, 2 wrong usage or a DSN that cannot be parsed.
int migrate_command(const Secret& dsn, const std::vector<std::string>& arguments, std::ostream& out,
                    std::ostream& error);

// The same with files of the caller's (for tests).
int migrate_up(const Secret& dsn, std::span<const Migration> migrations, std::string_view grants, std::ostream& out);

}  // namespace backtest
