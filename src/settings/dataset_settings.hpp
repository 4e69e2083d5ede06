// Data sets that callers upload: whether there are any, and how large they may be.
#pragma once

#include <cstdint>

namespace backtest {

class SettingReader;

struct DatasetSettings {
  bool are_allowed = false;
  std::int64_t largest_mb = 1024;             // of one upload
  std::int64_t mb_per_submitter = 10 * 1024;  // of all versions that one submitter keeps; 0 = none

  std::uint64_t largest_bytes() const { return static_cast<std::uint64_t>(largest_mb) << 20; }
  std::uint64_t bytes_per_submitter() const { return static_cast<std::uint64_t>(mb_per_submitter) << 20; }
};

DatasetSettings read_dataset_settings(SettingReader& reader);

}  // namespace backtest
