// Reads tables: one read-only transaction of a connection of its own, whose rows are of one moment, streamed by COPY.
//
// Calls block, until the server's statement timeout ends a statement or, `patience` later, the client does: for a
// process that may wait. A network that drops packets is noticed within some two minutes. Throws PostgresError, and is
// of no more use then.
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
  PostgresTableReader(const ConnectionString& dsn, std::chrono::milliseconds statement_timeout,
                      std::chrono::milliseconds patience = std::chrono::milliseconds(5'000));
  ~PostgresTableReader();
  PostgresTableReader(const PostgresTableReader&) = delete;
  PostgresTableReader& operator=(const PostgresTableReader&) = delete;

  PostgresRows run(const std::string& sql, const std::vector<PostgresParameter>& parameters = {});
  // COPY ... TO STDOUT. Then next_piece() gives what comes, valid until it is called again, and nullopt after the last;
  // nothing else may be run before it.
  void begin_copy(const std::string& sql);
  std::optional<std::string_view> next_piece();

 private:
  void connect();
  void begin_statement(bool is_sent);
  void wait(short events);
  void receive();
  pg_result* next_result();  // nullptr after a statement's last
  PostgresRows checked(pg_result* result);
  [[noreturn]] void fail(PostgresError::Kind kind, const std::string& during);

  const ConnectionString dsn_;
  const std::chrono::milliseconds longest_statement_;
  std::chrono::steady_clock::time_point deadline_;  // of the statement under way
  pg_conn* handle_ = nullptr;
  std::unique_ptr<char, void (*)(void*)> piece_;
};

}  // namespace backtest
