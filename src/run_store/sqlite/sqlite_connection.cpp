#include "run_store/sqlite/sqlite_connection.hpp"

#include <sqlite3.h>

#include "base/assertion.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

namespace {

constexpr int busy_timeout_ms = 8'000;  // even twice in a row it is less than a service manager waits for a stop

}  // namespace

SqliteRows::~SqliteRows() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool SqliteRows::next() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) connection_.fail(sqlite3_sql(statement_));
  return false;
}

int SqliteRows::column(std::string_view name) const {
  for (int column = 0; column < sqlite3_column_count(statement_); ++column) {
    if (sqlite3_column_name(statement_, column) == name) return column;
  }
  return -1;
}

int SqliteRows::place(std::string_view name) const {
  const int found = column(name);
  BACKTEST_ASSERT(found >= 0, "the statement gives every column that is read of it");
  return found;
}

bool SqliteRows::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t SqliteRows::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double SqliteRows::real(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::string SqliteRows::text(int column) const {
  const auto* bytes = sqlite3_column_blob(statement_, column);  // text keeps its encoding, UTF-8
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes ? std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size)) : std::string();
}

std::optional<std::int64_t> SqliteRows::optional_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<double> SqliteRows::optional_real(int column) const {
  return is_null(column) ? std::nullopt : std::optional(real(column));
}

std::optional<std::string> SqliteRows::optional_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

void SqliteRows::bind(int index, std::int64_t value) {
  if (sqlite3_bind_int64(statement_, index, value) != SQLITE_OK) connection_.fail("bind");
}

void SqliteRows::bind(int index, double value) {
  if (sqlite3_bind_double(statement_, index, value) != SQLITE_OK) connection_.fail("bind");
}

void SqliteRows::bind(int index, std::string_view value) {
  // A null pointer would bind null, not an empty text.
  const char* bytes = value.data() ? value.data() : "";
  if (sqlite3_bind_text64(statement_, index, bytes, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK) {
    connection_.fail("bind");
  }
}

SqliteConnection::SqliteConnection(const std::filesystem::path& file) : file_(file.string()) {
  // NOMUTEX: a connection has one user at a time; the pools see to that.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(file_.c_str(), &handle_, flags, nullptr) != SQLITE_OK) {
    const std::string reason = handle_ ? sqlite3_errmsg(handle_) : "out of memory";
    sqlite3_close_v2(handle_);
    throw StoreUnavailable("cannot open the run store " + file_ + ": " + reason);
  }
  sqlite3_busy_timeout(handle_, busy_timeout_ms);
  try {
    execute("pragma synchronous = full; pragma cache_size = -1024; pragma temp_store = memory;");
  } catch (...) {
    sqlite3_close_v2(handle_);
    throw;
  }
}

SqliteConnection::~SqliteConnection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

void SqliteConnection::execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

sqlite3_stmt* SqliteConnection::prepared(std::string_view sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) {
    BACKTEST_ASSERT(!sqlite3_stmt_busy(known->second), "a statement is executed while its last rows are being read");
    return known->second;
  }
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    fail(sql);
  }
  statements_.emplace(sql, statement);
  return statement;
}

std::int64_t SqliteConnection::last_insert_id() const {
  return sqlite3_last_insert_rowid(handle_);
}

bool SqliteConnection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

void SqliteConnection::fail(std::string_view during) const {
  constexpr std::size_t longest_excerpt = 60;
  const std::string reason = "the run store " + file_ + ": " + sqlite3_errmsg(handle_) + " (" +
                             std::string(during.substr(0, longest_excerpt)) + ")";
  const int code = sqlite3_errcode(handle_) & 0xFF;  // the primary code, without SQLite's extension of it
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) throw StoreDamaged(reason);
  throw StoreUnavailable(reason);
}

}  // namespace backtest
