#include "run_store/sqlite/file_backup.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <system_error>
#include <thread>

#include "base/diagnostic.hpp"
#include "run_store/run_store.hpp"
#include "run_store/sqlite/sqlite_connection.hpp"

namespace backtest {

void back_up_sqlite_file(const std::filesystem::path& file, const std::filesystem::path& copy) {
  SqliteConnection source(file);
  SqliteConnection target(copy);
  sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  if (backup == nullptr) target.fail("the backup of the run store");
  // All pages in one step: one read transaction, which in WAL mode keeps nobody from writing.
  int result = SQLITE_BUSY;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while ((result == SQLITE_BUSY || result == SQLITE_LOCKED) && std::chrono::steady_clock::now() < deadline) {
    result = sqlite3_backup_step(backup, -1);
    if (result == SQLITE_BUSY || result == SQLITE_LOCKED) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  const int finished = sqlite3_backup_finish(backup);
  if (result != SQLITE_DONE || finished != SQLITE_OK) {
    throw StoreUnavailable("the run store could not be copied: " + std::string(sqlite3_errstr(result)));
  }
  auto rows = target.query("pragma quick_check");
  if (!rows.next() || rows.text("quick_check") != "ok") throw StoreUnavailable("the copy of the run store is damaged");
}

void restore_sqlite_file(const std::filesystem::path& copy, const std::filesystem::path& file) {
  if (std::filesystem::exists(file)) {
    throw InvalidInput(
        Diagnostic{.path = "BACKTEST_DB_PATH", .message = "names a file that is there already; name one that is not"});
  }
  if (!std::filesystem::exists(copy)) throw StoreUnavailable("the backup holds no run store: " + copy.string());
  std::error_code error;
  std::filesystem::copy_file(copy, file, error);
  if (error) throw StoreUnavailable("the run store could not be put back: " + error.message());
  const int written = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (written < 0 || fsync(written) != 0) throw StoreUnavailable("the run store that was put back could not be synced");
  close(written);
}

}  // namespace backtest
