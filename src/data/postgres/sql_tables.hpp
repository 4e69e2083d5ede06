// Tables and views of a PostgreSQL database as a source of prices and signals. A path is schema.table.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "data/table_source.hpp"

namespace backtest {

struct SqlAccess {
  Secret dsn;
  std::optional<std::vector<std::string>> allowed_tables;  // schema.table; unset: what the DSN's role may read
  std::chrono::seconds statement_timeout{600};
};

// Everything that one source reads is of one moment, that of its first use. For one thread.
std::shared_ptr<const TableSource> sql_tables(SqlAccess access);

}  // namespace backtest
