#include "edge/cli/run_directory.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/diagnostic.hpp"
#include "base/random_id.hpp"

namespace backtest {

namespace {

[[noreturn]] void refuse_directory(const std::filesystem::path& path, const std::string& why) {
  throw InvalidInput(Diagnostic{.file = path.string(), .message = why});
}

bool is_run(const std::filesystem::path& directory) {
  std::error_code unknown;
  return !std::filesystem::is_symlink(directory, unknown) &&
         std::filesystem::is_regular_file(directory / "artifacts_manifest.json", unknown);
}

}  // namespace

RunDirectory::RunDirectory(const std::filesystem::path& base, const std::string& run_id, bool replaces)
    : final_(base / run_id), writing_(base / ("." + run_id + ".partial-" + random_hex(8))), replaces_(replaces) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(final_, error))) {
    if (!replaces_) refuse_directory(final_, "the run directory exists; choose another --run-id or remove it");
    if (!is_run(final_)) refuse_directory(final_, "exists and holds no run; --force replaces a run only");
  }
  std::filesystem::create_directories(writing_, error);
  if (error) refuse_directory(writing_.parent_path(), "the output directory cannot be written: " + error.message());
}

RunDirectory::~RunDirectory() {
  if (published_) return;
  std::error_code ignored;
  std::filesystem::remove_all(writing_, ignored);
}

void RunDirectory::publish() {
  if (replaces_ && renameat2(AT_FDCWD, writing_.c_str(), AT_FDCWD, final_.c_str(), RENAME_EXCHANGE) == 0) {
    return;  // the destructor removes what was replaced
  }
  if (renameat2(AT_FDCWD, writing_.c_str(), AT_FDCWD, final_.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST) refuse_directory(final_, "another run took this directory meanwhile");
    throw std::system_error(errno, std::generic_category(), "publishing " + final_.string());
  }
  published_ = true;
}

}  // namespace backtest
