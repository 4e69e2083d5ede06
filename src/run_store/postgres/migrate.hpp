// `backtest migrate up|status|check|plan|adopt|release`: the only code that changes the schema. Replicas never do.
//
// up      takes an advisory lock, applies what is missing and the grants again, all in one transaction or nothing
// status  lists the versions and when they were applied
// check   exit 0 where schema, triggers, owners and rights are what this program needs, else 1 and what is not
// plan    prints what `up` would apply
// adopt   queues runs of the Python service that nobody can claim; with --old-stopped also its running ones
// release gives the database back to the Python service: refused while runs are queued or running, which --fail-live
//         ends; `up` takes it over again
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
