#include "run_store/sqlite/watched_file.hpp"

#include <sys/stat.h>

#include "run_store/run_store.hpp"

namespace backtest {

WatchedFile::Part WatchedFile::part_of(const std::string& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) {
    throw StoreUnavailable("the run store's file " + path +
                           " is gone while it is open: put it back and restart, or restart with a new one");
  }
  return {path, status.st_dev, status.st_ino};
}

WatchedFile::WatchedFile(const std::filesystem::path& file) {
  for (const char* suffix : {"", "-wal", "-shm"}) parts_.push_back(part_of(file.string() + suffix));
}

void WatchedFile::check() const {
  for (const Part& part : parts_) {
    const Part now = part_of(part.path);
    if (now.device != part.device || now.inode != part.inode) {
      throw StoreUnavailable("the run store's file " + part.path + " was replaced by another one while it was open: " +
                             "restart, so that nothing goes into the one that is no longer there");
    }
  }
}

}  // namespace backtest
