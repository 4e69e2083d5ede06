// Reads tables: one read-only transaction of a connection of its own, whose rows are of one moment, streamed by COPY.
//
// Calls block, for as long as the server's statement timeout lets them or until a silent network gives up: for a
// process that may wait, and that somebody else ends. Throws PostgresError.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/connection.hpp"
#include "postgres/connection_string.hpp"

namespace backtest {

class PostgresTableReader {
 public:
  PostgresTableReader(const ConnectionString& dsn, std::chrono::milliseconds statement_timeout);
  ~PostgresTableReader();
  PostgresTableReader(const PostgresTableReader&) = delete;
  PostgresTableReader& operator=(const PostgresTableReader&) = delete;

  PostgresRows run(const std::string& sql, const std::vector<PostgresParameter>& parameters = {});
  // COPY ... TO STDOUT. Then next_piece() gives what comes, valid until it is called again, and nullopt after the last;
  // nothing else may be run before it.
  void begin_copy(const std::string& sql);
  std::optional<std::string_view> next_piece();

 private:
  PostgresRows checked(pg_result* result);
  [[noreturn]] void fail(PostgresError::Kind kind, const std::string& during);

  const ConnectionString dsn_;
  pg_conn* handle_ = nullptr;
  std::unique_ptr<char, void (*)(void*)> piece_;
};

}  // namespace backtest
