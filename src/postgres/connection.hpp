// One connection for one thread at a time. Every call has a deadline that the client holds itself, so that a server
// which vanished without a word cannot hang it; after a lapse the connection is closed.
// Statements are unnamed and parameterised: PgBouncer in transaction mode may give each transaction another server.
//
//   auto rows = connection.run("select a from t where b = $1", {b});
//
// Throws PostgresError.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/connection_string.hpp"
#include "postgres/postgres_error.hpp"

struct pg_conn;
struct pg_result;

namespace backtest {

using PostgresParameter = std::optional<std::string>;

class PostgresRows {
 public:
  explicit PostgresRows(pg_result* result);

  int size() const;
  std::int64_t affected() const;
  // The place of a column that the statement gives, or -1.
  int column(std::string_view name) const;
  bool is_null(int row, int column) const;
  // A view into the rows; of rows that end with the expression, a copy.
  std::string_view text(int row, int column) const&;
  std::string text(int row, int column) const&& { return std::string(text(row, column)); }
  std::int64_t integer(int row, int column) const;
  double real(int row, int column) const;
  bool boolean(int row, int column) const { return text(row, column) == "t"; }
  std::optional<std::string> optional_text(int row, int column) const;
  std::optional<std::int64_t> optional_integer(int row, int column) const;
  std::optional<double> optional_real(int row, int column) const;

 private:
  std::shared_ptr<pg_result> result_;
};

struct PostgresTimeouts {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds statement{15'000};
};

class PostgresConnection {
 public:
  PostgresConnection(const ConnectionString& dsn, PostgresTimeouts timeouts);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  PostgresRows run(const std::string& sql, const std::vector<PostgresParameter>& parameters = {});
  // Several statements without parameters, one transaction unless they say otherwise.
  void run_script(const std::string& sql);

  bool is_usable() const;  // connected and outside any transaction
  int backend_pid() const;
  // Whether something stands between that may give each transaction another session (PgBouncer): then the process that
  // answers is not the one that greeted.
  bool goes_through_a_pooler();
  // Waits for a notification; true when one came. For LISTEN on a direct connection.
  bool wait_for_notification(std::chrono::milliseconds wait);

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  void connect();
  PostgresRows finish(Deadline deadline);
  bool wait(short events, Deadline deadline) const;
  [[noreturn]] void fail(PostgresError::Kind kind, const std::string& during);
  void close();

  const ConnectionString dsn_;
  PostgresTimeouts timeouts_;
  pg_conn* handle_ = nullptr;
};

// Begins at construction, rolls back unless commit() was reached.
class PostgresTransaction {
 public:
  explicit PostgresTransaction(PostgresConnection& connection) : connection_(connection) { connection_.run("begin"); }
  ~PostgresTransaction();
  PostgresTransaction(const PostgresTransaction&) = delete;
  PostgresTransaction& operator=(const PostgresTransaction&) = delete;

  void commit();

 private:
  PostgresConnection& connection_;
  bool is_over_ = false;
};

// {"a","b"} for $1::text[].
std::string postgres_array(const std::vector<std::string>& values);

}  // namespace backtest
