// One connection to the database that holds tables: read-only, in one transaction, so that everything that a load reads
// is of one moment. Opened at the first use.
//
// Throws InvalidInput where the database refuses (no such table, no right to read it, too slow), SourceUnavailable
// where it does not answer.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.hpp"
#include "data/postgres/sql_select.hpp"
#include "postgres/table_reader.hpp"

namespace backtest {

class SqlSession {
 public:
  // `statement_timeout`: of one COPY, and the longest silence of a server in it.
  SqlSession(Secret dsn, std::chrono::seconds statement_timeout)
      : dsn_(std::move(dsn)), statement_timeout_(statement_timeout) {}

  // The relation's columns; refuses what is no table or view. `path` as the config names it.
  SqlRelation relation(const std::string& path, const std::string& schema, const std::string& table);
  // The first column of the only row; nullopt where it is null.
  std::optional<std::string> value(const std::string& path, const RowsWanted& rows, const std::string& sql);
  // Calls `read` with a function that gives the copy's pieces.
  void copy(const std::string& path, const RowsWanted& rows, const std::string& sql,
            const std::function<void(const std::function<std::optional<std::string_view>()>&)>& read);

 private:
  PostgresTableReader& reader();
  void set_symbols(const RowsWanted& rows);
  template <typename Use>
  auto reading(const std::string& path, Use&& use);

  Secret dsn_;
  std::chrono::seconds statement_timeout_;
  std::optional<PostgresTableReader> reader_;
};

}  // namespace backtest
