#include "run_store/sqlite/sqlite_kind.hpp"

#include <filesystem>
#include <system_error>

#include "base/diagnostic.hpp"
#include "run_store/sqlite/file_backup.hpp"
#include "run_store/sqlite/sqlite_run_store.hpp"
#include "run_store/sqlite/store_identity.hpp"

namespace backtest {

namespace {

constexpr const char* copy_name = "runs.sqlite3";  // in a backup

ConfiguredRunStore make(const Settings& settings) {
  std::error_code failure;
  std::filesystem::create_directories(settings.db_path.parent_path(), failure);  // SET-2
  if (failure) {
    throw InvalidInput(Diagnostic{.path = "BACKTEST_DB_PATH",
                                  .message = "lies in a directory that cannot be created: " + failure.message()});
  }
  return {.runs = make_sqlite_run_store(settings.db_path, {.output_directory = settings.output_dir}),
          .identity = [file = settings.db_path] { return sqlite_store_identity(file); },
          .exists = [file = settings.db_path] { return std::filesystem::exists(file); }};
}

}  // namespace

RunStoreKind sqlite_run_store_kind() {
  // Runs that this process accepted wake its worker; the poll finds those of other processes of the host.
  return {.choice = {.name = "sqlite", .other_names = {"local"}},
          .place = "BACKTEST_DB_PATH",
          .poll_every = std::chrono::milliseconds(200),
          .make = make,
          .back_up =
              [](const Settings& settings, const std::filesystem::path& directory) {
                back_up_sqlite_file(settings.db_path, directory / copy_name);
              },
          .restore =
              [](const Settings& settings, const std::filesystem::path& directory) {
                restore_sqlite_file(directory / copy_name, settings.db_path);
              }};
}

}  // namespace backtest
