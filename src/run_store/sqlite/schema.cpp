#include "run_store/sqlite/schema.hpp"

#include <sqlite3.h>

#include <chrono>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>

#include "base/log.hpp"
#include "run_store/run_store.hpp"
#include "run_store/sqlite/python_service_takeover.hpp"

namespace backtest {

namespace {

constexpr std::int64_t application_id = 0x42545354;  // "BTST": tells our files from anybody's

std::int64_t one_integer(SqliteConnection& connection, std::string_view sql) {
  auto rows = connection.query(sql);
  return rows.next() ? rows.integer(0) : 0;
}

// The switch to WAL needs the file alone for a moment, and SQLite does not wait for that by itself.
void switch_to_wal(SqliteConnection& connection) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (;;) {
    const int result = sqlite3_exec(connection.handle(), "pragma journal_mode = wal", nullptr, nullptr, nullptr);
    if (result == SQLITE_OK) return;
    if ((result & 0xFF) != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) {
      connection.fail("pragma journal_mode = wal");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void check_integrity(SqliteConnection& connection, const std::filesystem::path& file) {
  auto rows = connection.query("pragma quick_check(1)");
  const std::string found = rows.next() ? rows.text("quick_check") : "";
  if (found != "ok") {
    throw StoreDamaged("the run store's file " + file.string() + " is damaged (" + found +
                       "): restore it from a backup; do not go on with it");
  }
}

// Keeps a copy of the file beside it, synced, before its schema is changed. The caller holds the write lock.
void keep_copy(const std::filesystem::path& file, std::int64_t version) {
  const std::filesystem::path kept = file.string() + ".version-" + std::to_string(version);
  const std::filesystem::path unfinished = kept.string() + ".unfinished";
  std::error_code error;
  std::filesystem::remove(unfinished, error);
  {
    SqliteConnection source(file);
    SqliteConnection target(unfinished);
    sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
    if (backup == nullptr) target.fail("copy the file before its schema changes");
    const int result = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    if (result != SQLITE_DONE) target.fail("copy the file before its schema changes");
    target.execute("pragma journal_mode = delete");  // so that the copy has no log beside it
  }
  std::filesystem::rename(unfinished, kept, error);
  if (error) throw StoreUnavailable("cannot keep a copy as " + kept.string() + ": " + error.message());
  log_info("the run store's file is brought up to date", {{"from_version", version}, {"copy", kept.string()}});
}

// 0 for an empty file and one of the Python service; throws where it is none that this build may touch.
std::int64_t version_of(SqliteConnection& connection) {
  const std::int64_t version = one_integer(connection, "pragma user_version");
  const std::int64_t newest = std::ssize(sqlite_migrations());
  if (version > newest || (version != 0 && one_integer(connection, "pragma application_id") != application_id)) {
    throw StoreUnavailable("the run store's file has schema version " + std::to_string(version) +
                           "; this build knows versions up to " + std::to_string(newest) +
                           ": it was written by a newer backtest or by another program");
  }
  const bool has_tables = version == 0 && one_integer(connection, "select count(*) from sqlite_schema") > 0;
  if (has_tables && !has_python_service_runs(connection)) {
    throw StoreUnavailable("the run store's file is a database of another program: it has tables, but not `runs`");
  }
  return version;
}

void bring_up_to_date(SqliteConnection& connection, const std::filesystem::path& file, StoreTime now) {
  const auto migrations = sqlite_migrations();
  const std::int64_t version = version_of(connection);
  if (version == std::ssize(migrations)) return;
  const bool is_of_python_service = version == 0 && has_python_service_runs(connection);
  if (version > 0) keep_copy(file, version);
  if (is_of_python_service) put_python_service_runs_aside(connection);
  for (const SqliteMigration& migration : migrations.subspan(static_cast<std::size_t>(version))) {
    connection.execute(std::string(migration.sql));
  }
  if (is_of_python_service) take_over_python_service_runs(connection, now);
  connection.execute("pragma application_id = " + std::to_string(application_id));
  connection.execute("pragma user_version = " + std::to_string(migrations.size()));
}

}  // namespace

void open_schema(SqliteConnection& connection, const std::filesystem::path& file, StoreTime now) {
  check_integrity(connection, file);
  version_of(connection);  // before the first change to a file that may be somebody else's
  switch_to_wal(connection);
  connection.run("begin immediate");
  try {
    bring_up_to_date(connection, file, now);
    connection.run("commit");
  } catch (...) {
    if (connection.in_transaction()) connection.run("rollback");
    throw;
  }
}

}  // namespace backtest
