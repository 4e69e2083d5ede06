// `backtest backup DIR` and `backtest restore DIR`: the run store and the artifacts of its completed runs, as one
// whole.
//
//   DIR/backup.json              what it is of, and the runs whose artifacts are in it; written last
//   DIR/store/                   the run store at one moment, as its kind writes it
//   DIR/artifacts/<run_id>/      the files of a completed run
//   DIR/datasets/                what callers uploaded (dataset_backup.hpp)
//
// The store is copied first: a record in the copy points at artifacts that were there at that moment, and those of a
// run that was removed meanwhile are known to be missing on purpose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "service/stores.hpp"
#include "settings/settings.hpp"

namespace backtest {

struct BackupResult {
  std::size_t runs = 0;                        // completed runs with their artifacts
  std::size_t datasets = 0;                    // versions of data sets
  std::uint64_t bytes = 0;                     // of those artifacts and data sets
  std::vector<std::string> problems;           // "RUN: what is wrong": artifacts that are not what their manifest says
  std::vector<std::string> removed_meanwhile;  // restore: records without artifacts in the backup; they are gone
};

// While the service runs. `directory` is made. Throws InvalidInput where it is there already, std::exception where
// anything cannot be copied. With problems, the backup holds everything else and has no backup.json.
BackupResult back_up(const StoreKinds& kinds, const Settings& settings, const std::filesystem::path& directory);

// Into a run store and artifacts that are not there yet: throws InvalidInput where they are, where the backup is not
// whole, or of another kind of run store. Every file is compared with its manifest before anything is written.
BackupResult restore(const StoreKinds& kinds, const Settings& settings, const std::filesystem::path& directory);

}  // namespace backtest
