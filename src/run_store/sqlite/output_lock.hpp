// Processes that share a run store's file keep their artifacts in one directory: a run that one of them completed
// elsewhere could not be read by the others.
//
// Whoever lives with the file holds a lock of `<file>.output` in common, whose content says which directory it is. The
// first one writes it; one with another directory does not start. The lock ends with the process, so a dead one bars
// nobody, and the directory may be moved while nothing runs.
#pragma once

#include <filesystem>

namespace backtest {

class OutputLock {
 public:
  // Creates the directory. Throws InvalidInput naming BACKTEST_OUTPUT_DIR where a live process has another one,
  // StoreUnavailable where the file cannot be used.
  OutputLock(const std::filesystem::path& database, const std::filesystem::path& output_directory);
  ~OutputLock();
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace backtest
