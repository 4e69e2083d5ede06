#include "postgres/table_reader.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <tuple>
#include <utility>

#include "postgres/libpq.hpp"

namespace backtest {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

PostgresTableReader::PostgresTableReader(const ConnectionString& dsn, milliseconds statement_timeout,
                                         milliseconds patience)
    : dsn_(dsn), longest_statement_(statement_timeout + patience), piece_(nullptr, libpq().PQfreemem) {
  connect();
  run("begin transaction isolation level repeatable read, read only");
  run("select set_config('statement_timeout', $1, true)", {std::to_string(statement_timeout.count())});
}

PostgresTableReader::~PostgresTableReader() {
  if (handle_ != nullptr) libpq().PQfinish(handle_);  // ends the transaction, and a copy under way
}

// Of two values of a keyword the later one counts: the DSN wins over what stands before it. While rows are waited for
// nothing is sent, so that keepalives alone notice a network that drops packets; the kernel's begin after two hours.
void PostgresTableReader::connect() {
  const std::string text(dsn_.reveal());
  using Setting = std::pair<const char*, const char*>;
  const std::array<Setting, 9> settings = {{{"connect_timeout", "10"},
                                            {"tcp_user_timeout", "60000"},
                                            {"keepalives_idle", "30"},
                                            {"keepalives_interval", "10"},
                                            {"keepalives_count", "6"},
                                            {"fallback_application_name", "backtest"},
                                            {"dbname", text.c_str()},
                                            {"client_encoding", "UTF8"},
                                            {nullptr, nullptr}}};
  std::array<const char*, settings.size()> keywords, values;
  for (std::size_t i = 0; i < settings.size(); ++i) std::tie(keywords[i], values[i]) = settings[i];
  handle_ = libpq().PQconnectdbParams(keywords.data(), values.data(), 1);
  if (handle_ == nullptr || libpq().PQstatus(handle_) != CONNECTION_OK || libpq().PQsetnonblocking(handle_, 1) != 0) {
    fail(PostgresError::Kind::not_connected, "cannot connect");
  }
  libpq().PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
}

void PostgresTableReader::fail(PostgresError::Kind kind, const std::string& during) {
  const std::string reason = handle_ != nullptr ? dsn_.scrub(libpq().PQerrorMessage(handle_)) : "";
  if (handle_ != nullptr) libpq().PQfinish(handle_);
  handle_ = nullptr;
  throw PostgresError(kind, "PostgreSQL at " + dsn_.target() + ": " + during + (reason.empty() ? "" : ": " + reason));
}

void PostgresTableReader::wait(short events) {
  const auto left = std::chrono::ceil<milliseconds>(deadline_ - steady_clock::now());
  pollfd watched{libpq().PQsocket(handle_), events, 0};
  const int ready = left.count() <= 0 ? 0 : poll(&watched, 1, static_cast<int>(left.count()));
  if (ready == 0) {
    fail(PostgresError::Kind::lost,
         fmt::format("no answer within {:.3g} s", std::chrono::duration<double>(longest_statement_).count()));
  }
  if (ready < 0 && errno != EINTR) fail(PostgresError::Kind::lost, "the connection was lost");
}

void PostgresTableReader::receive() {
  wait(POLLIN);
  if (libpq().PQconsumeInput(handle_) == 0) fail(PostgresError::Kind::lost, "the connection was lost");
}

void PostgresTableReader::begin_statement(bool is_sent) {
  if (!is_sent) fail(PostgresError::Kind::lost, "the connection was lost");
  deadline_ = steady_clock::now() + longest_statement_;
  for (int left = libpq().PQflush(handle_); left != 0; left = libpq().PQflush(handle_)) {
    if (left < 0) fail(PostgresError::Kind::lost, "the connection was lost");
    wait(POLLIN | POLLOUT);
    if (libpq().PQconsumeInput(handle_) == 0) fail(PostgresError::Kind::lost, "the connection was lost");
  }
}

pg_result* PostgresTableReader::next_result() {
  while (libpq().PQisBusy(handle_) != 0) receive();
  return libpq().PQgetResult(handle_);
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
  begin_statement(libpq().PQsendQueryParams(handle_, sql.c_str(), static_cast<int>(values.size()), nullptr,
                                            values.data(), nullptr, nullptr, 0) != 0);
  std::optional<PostgresRows> last;
  while (pg_result* const result = next_result()) last = checked(result);
  if (!last) fail(PostgresError::Kind::lost, "no result");
  return *last;
}

void PostgresTableReader::begin_copy(const std::string& sql) {
  begin_statement(libpq().PQsendQuery(handle_, sql.c_str()) != 0);
  pg_result* const result = next_result();
  if (result == nullptr) fail(PostgresError::Kind::lost, "no result");
  checked(result);
}

std::optional<std::string_view> PostgresTableReader::next_piece() {
  char* piece = nullptr;
  int size = 0;
  while ((size = libpq().PQgetCopyData(handle_, &piece, 1)) == 0) receive();
  piece_.reset(piece);
  if (size > 0) return std::string_view(piece, static_cast<std::size_t>(size));
  if (size < -1) fail(PostgresError::Kind::lost, "the connection was lost");
  // What ended the copy early is told by its result.
  while (pg_result* const result = next_result()) checked(result);
  return std::nullopt;
}

}  // namespace backtest
