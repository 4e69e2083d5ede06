// Whether the files that are open are still the ones that their names lead to. SQLite goes on writing into a file that
// was deleted or replaced, and what it acknowledges there is gone with the process; the same holds for its log (-wal),
// where the latest commits are, and its shared memory (-shm), by which processes keep out of each other's way.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace backtest {

class WatchedFile {
 public:
  // The file is open in WAL mode.
  explicit WatchedFile(const std::filesystem::path& file);
  // Throws StoreUnavailable with the name of what is gone or replaced. A stat() each.
  void check() const;

 private:
  struct Part {
    std::string path;
    unsigned long device, inode;
  };
  static Part part_of(const std::string& path);

  std::vector<Part> parts_;
};

}  // namespace backtest
