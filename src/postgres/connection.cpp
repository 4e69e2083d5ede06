#include "postgres/connection.hpp"

#include <poll.h>

#include <charconv>
#include <thread>

#include "base/number_text.hpp"
#include "postgres/libpq.hpp"

namespace backtest {

PostgresRows::PostgresRows(pg_result* result) : result_(result, libpq().PQclear) {}

int PostgresRows::size() const {
  return libpq().PQntuples(result_.get());
}

int PostgresRows::column(std::string_view name) const {
  // libpq().PQfnumber would fold the name's case.
  for (int column = 0; column < libpq().PQnfields(result_.get()); ++column) {
    if (libpq().PQfname(result_.get(), column) == name) return column;
  }
  return -1;
}

std::int64_t PostgresRows::affected() const {
  const std::string_view text = libpq().PQcmdTuples(result_.get());
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool PostgresRows::is_null(int row, int column) const {
  return libpq().PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view PostgresRows::text(int row, int column) const& {
  return {libpq().PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(libpq().PQgetlength(result_.get(), row, column))};
}

std::int64_t PostgresRows::integer(int row, int column) const {
  const std::string_view digits = text(row, column);
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

double PostgresRows::real(int row, int column) const {
  return parse_number(text(row, column)).value_or(0.0);
}

std::optional<std::string> PostgresRows::optional_text(int row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return std::string(text(row, column));
}

std::optional<std::int64_t> PostgresRows::optional_integer(int row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return integer(row, column);
}

std::optional<double> PostgresRows::optional_real(int row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return real(row, column);
}

PostgresConnection::PostgresConnection(const ConnectionString& dsn, PostgresTimeouts timeouts)
    : dsn_(dsn), timeouts_(timeouts) {
  connect();
}

PostgresConnection::~PostgresConnection() {
  close();
}

void PostgresConnection::close() {
  if (handle_) libpq().PQfinish(handle_);
  handle_ = nullptr;
}

void PostgresConnection::fail(PostgresError::Kind kind, const std::string& during) {
  const std::string reason = handle_ ? dsn_.scrub(libpq().PQerrorMessage(handle_)) : "";
  close();
  throw PostgresError(kind, "PostgreSQL at " + dsn_.target() + ": " + during + (reason.empty() ? "" : ": " + reason));
}

bool PostgresConnection::wait(short events, Deadline deadline) const {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  if (left.count() <= 0) return false;
  pollfd watched{libpq().PQsocket(handle_), events, 0};
  const int ready = poll(&watched, 1, static_cast<int>(left.count()));
  return ready > 0 || (ready < 0 && errno == EINTR);
}

void PostgresConnection::connect() {
  // fallback_*: what the DSN says itself wins.
  const std::string dsn(dsn_.reveal());
  const char* const keywords[] = {"dbname", "fallback_application_name", "client_encoding", nullptr};
  const char* const values[] = {dsn.c_str(), "backtest", "UTF8", nullptr};
  const Deadline deadline = std::chrono::steady_clock::now() + timeouts_.connect;
  handle_ = libpq().PQconnectStartParams(keywords, values, 1);
  if (!handle_ || libpq().PQstatus(handle_) == CONNECTION_BAD)
    fail(PostgresError::Kind::not_connected, "cannot connect");
  libpq().PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
  for (PostgresPollingStatusType next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK;) {
    if (next == PGRES_POLLING_FAILED) fail(PostgresError::Kind::not_connected, "cannot connect");
    if (!wait(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline)) {
      fail(PostgresError::Kind::not_connected, "no connection within the time allowed");
    }
    next = libpq().PQconnectPoll(handle_);
  }
  if (libpq().PQsetnonblocking(handle_, 1) != 0) fail(PostgresError::Kind::not_connected, "cannot connect");
}

PostgresRows PostgresConnection::run(const std::string& sql, const std::vector<PostgresParameter>& parameters) {
  if (!handle_) fail(PostgresError::Kind::not_connected, "the connection was lost");
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const PostgresParameter& value : parameters) values.push_back(value ? value->c_str() : nullptr);
  const Deadline deadline = std::chrono::steady_clock::now() + timeouts_.statement;
  if (!libpq().PQsendQueryParams(handle_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr,
                                 nullptr, 0)) {
    fail(PostgresError::Kind::lost, "cannot send");
  }
  return finish(deadline);
}

void PostgresConnection::run_script(const std::string& sql) {
  if (!handle_) fail(PostgresError::Kind::not_connected, "the connection was lost");
  const Deadline deadline = std::chrono::steady_clock::now() + timeouts_.statement;
  if (!libpq().PQsendQuery(handle_, sql.c_str())) fail(PostgresError::Kind::lost, "cannot send");
  finish(deadline);
}

namespace {

// On a thread of its own: libpq's cancel opens a connection and waits for it without any bound, minutes where packets
// are dropped.
void cancel_statement(pg_conn* handle) {
  PGcancel* const cancel = libpq().PQgetCancel(handle);
  if (!cancel) return;
  std::thread([cancel] {
    char reason[256];
    libpq().PQcancel(cancel, reason, sizeof reason);
    libpq().PQfreeCancel(cancel);
  }).detach();
}

}  // namespace

PostgresRows PostgresConnection::finish(Deadline deadline) {
  for (int left = 1; left > 0;) {
    left = libpq().PQflush(handle_);
    if (left < 0) fail(PostgresError::Kind::lost, "the connection was lost");
    if (left > 0) {
      if (!wait(POLLIN | POLLOUT, deadline)) fail(PostgresError::Kind::lost, "no answer within the time allowed");
      if (!libpq().PQconsumeInput(handle_)) fail(PostgresError::Kind::lost, "the connection was lost");
    }
  }
  std::optional<PostgresRows> last;
  std::optional<PostgresError> error;
  while (true) {
    while (libpq().PQisBusy(handle_)) {
      if (!wait(POLLIN, deadline)) {
        cancel_statement(handle_);
        fail(PostgresError::Kind::lost, "no answer within the time allowed");
      }
      if (!libpq().PQconsumeInput(handle_)) fail(PostgresError::Kind::lost, "the connection was lost");
    }
    pg_result* result = libpq().PQgetResult(handle_);
    if (!result) break;
    PostgresRows rows(result);
    const ExecStatusType status = libpq().PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && !error) {
      const char* sqlstate = libpq().PQresultErrorField(result, PG_DIAG_SQLSTATE);
      const char* primary = libpq().PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
      error.emplace(PostgresError::Kind::statement,
                    dsn_.scrub(primary ? primary : libpq().PQresultErrorMessage(result)), sqlstate ? sqlstate : "");
    }
    last = rows;
  }
  if (libpq().PQstatus(handle_) == CONNECTION_BAD)
    fail(PostgresError::Kind::lost, error ? error->what() : "the connection was lost");
  if (error) throw *error;
  if (!last) fail(PostgresError::Kind::lost, "no result");
  return *last;
}

bool PostgresConnection::is_usable() const {
  return handle_ && libpq().PQstatus(handle_) == CONNECTION_OK && libpq().PQtransactionStatus(handle_) == PQTRANS_IDLE;
}

int PostgresConnection::backend_pid() const {
  return handle_ ? libpq().PQbackendPID(handle_) : 0;
}

bool PostgresConnection::goes_through_a_pooler() {
  return run("select pg_backend_pid()").integer(0, 0) != backend_pid();
}

bool PostgresConnection::wait_for_notification(std::chrono::milliseconds wait_time) {
  if (!handle_) fail(PostgresError::Kind::not_connected, "the connection was lost");
  if (wait(POLLIN, std::chrono::steady_clock::now() + wait_time) && !libpq().PQconsumeInput(handle_)) {
    fail(PostgresError::Kind::lost, "the connection was lost");
  }
  bool came = false;
  while (PGnotify* notification = libpq().PQnotifies(handle_)) {
    came = true;
    libpq().PQfreemem(notification);
  }
  return came;
}

PostgresTransaction::~PostgresTransaction() {
  if (is_over_) return;
  try {
    connection_.run("rollback");
  } catch (const PostgresError&) {
    // The connection is gone or closed, and the transaction with it.
  }
}

void PostgresTransaction::commit() {
  is_over_ = true;
  connection_.run("commit");
}

std::string postgres_array(const std::vector<std::string>& values) {
  std::string out = "{";
  for (const std::string& value : values) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
}

}  // namespace backtest
