#include "postgres/table_reader.hpp"

#include <array>

#include "postgres/libpq.hpp"

namespace backtest {

PostgresTableReader::PostgresTableReader(const ConnectionString& dsn, std::chrono::milliseconds statement_timeout)
    : dsn_(dsn), piece_(nullptr, libpq().PQfreemem) {
  // Of two values of a keyword the later one counts: the DSN wins over what stands before it.
  const std::string text(dsn_.reveal());
  constexpr const char* patience_s = "10";
  constexpr const char* silence_ms = "60000";
  const std::array<const char*, 6> keywords = {"connect_timeout", "tcp_user_timeout", "fallback_application_name",
                                               "dbname",          "client_encoding",  nullptr};
  const std::array<const char*, 6> values = {patience_s, silence_ms, "backtest", text.c_str(), "UTF8", nullptr};
  handle_ = libpq().PQconnectdbParams(keywords.data(), values.data(), 1);
  if (handle_ == nullptr || libpq().PQstatus(handle_) != CONNECTION_OK) {
    fail(PostgresError::Kind::not_connected, "cannot connect");
  }
  libpq().PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
  run("begin transaction isolation level repeatable read, read only");
  run("select set_config('statement_timeout', $1, true)", {std::to_string(statement_timeout.count())});
}

PostgresTableReader::~PostgresTableReader() {
  if (handle_ != nullptr) libpq().PQfinish(handle_);  // ends the transaction, and a copy under way
}

void PostgresTableReader::fail(PostgresError::Kind kind, const std::string& during) {
  const std::string reason = handle_ != nullptr ? dsn_.scrub(libpq().PQerrorMessage(handle_)) : "";
  if (handle_ != nullptr) libpq().PQfinish(handle_);
  handle_ = nullptr;
  throw PostgresError(kind, "PostgreSQL at " + dsn_.target() + ": " + during + (reason.empty() ? "" : ": " + reason));
}

PostgresRows PostgresTableReader::checked(pg_result* result) {
  PostgresRows rows(result);
  const ExecStatusType status = libpq().PQresultStatus(result);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_COPY_OUT) return rows;
  if (libpq().PQstatus(handle_) != CONNECTION_OK) fail(PostgresError::Kind::lost, "the connection was lost");
  const char* const sqlstate = libpq().PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* const primary = libpq().PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  throw PostgresError(PostgresError::Kind::statement,
                      dsn_.scrub(primary != nullptr ? primary : libpq().PQresultErrorMessage(result)),
                      sqlstate != nullptr ? sqlstate : "");
}

PostgresRows PostgresTableReader::run(const std::string& sql, const std::vector<PostgresParameter>& parameters) {
  std::vector<const char*> values;
  for (const PostgresParameter& value : parameters) values.push_back(value ? value->c_str() : nullptr);
  return checked(libpq().PQexecParams(handle_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                                      nullptr, nullptr, 0));
}

void PostgresTableReader::begin_copy(const std::string& sql) {
  checked(libpq().PQexec(handle_, sql.c_str()));
}

std::optional<std::string_view> PostgresTableReader::next_piece() {
  char* piece = nullptr;
  const int size = libpq().PQgetCopyData(handle_, &piece, 0);
  piece_.reset(piece);
  if (size > 0) return std::string_view(piece, static_cast<std::size_t>(size));
  if (size < -1) fail(PostgresError::Kind::lost, "the connection was lost");
  // What ended the copy early is told by its result.
  while (pg_result* const result = libpq().PQgetResult(handle_)) checked(result);
  return std::nullopt;
}

}  // namespace backtest
