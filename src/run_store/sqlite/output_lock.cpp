#include "run_store/sqlite/output_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "base/diagnostic.hpp"
#include "run_store/run_store.hpp"

namespace backtest {

namespace {

constexpr std::size_t longest_content = 8'192;

// The same for a directory by whatever path it is reached: its device and inode.
std::string identity_of(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  struct stat status{};
  if (stat(directory.c_str(), &status) != 0) {
    throw StoreUnavailable("cannot look at the output directory " + directory.string() + ": " +
                           std::generic_category().message(errno));
  }
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

std::string content_of(int file) {
  std::string content(longest_content, '\0');
  const ssize_t got = pread(file, content.data(), content.size(), 0);
  content.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return content;
}

void write_content(int file, const std::string& content) {
  if (ftruncate(file, 0) != 0 || pwrite(file, content.data(), content.size(), 0) != std::ssize(content)) {
    throw StoreUnavailable("cannot say beside the run store's file where artifacts are: " +
                           std::generic_category().message(errno));
  }
}

}  // namespace

OutputLock::OutputLock(const std::filesystem::path& database, const std::filesystem::path& output_directory) {
  const std::string identity = identity_of(output_directory);
  const std::string path = database.string() + ".output";
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) throw StoreUnavailable("cannot open " + path + ": " + std::generic_category().message(errno));
  try {
    // The exclusive lock shows that no other process lives, so what the file says is outdated.
    if (flock(file_, LOCK_EX | LOCK_NB) == 0) write_content(file_, identity + " " + output_directory.string() + "\n");
    if (flock(file_, LOCK_SH) != 0) {
      throw StoreUnavailable("cannot lock " + path + ": " + std::generic_category().message(errno));
    }
    // Another process may have had the exclusive lock in between. While all hold the shared one, the content stays.
    const std::string content = content_of(file_);
    if (content.substr(0, content.find(' ')) != identity) {
      throw InvalidInput(Diagnostic{
          .path = "BACKTEST_OUTPUT_DIR",
          .message = "another live process has the run store " + database.string() +
                     " open and keeps its artifacts in " +
                     content.substr(content.find(' ') + 1, content.find('\n') - content.find(' ') - 1) + ", not in " +
                     output_directory.string() + "; stop it, or give both the same directory"});
    }
  } catch (...) {
    close(file_);
    throw;
  }
}

OutputLock::~OutputLock() {
  close(file_);
}

}  // namespace backtest
